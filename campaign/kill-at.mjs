// Loaded before the command line's own code: ends the process with SIGKILL at the n-th thing that it does to a file or the ledger.
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { pathToFileURL } from 'node:url';

const Database = createRequire(pathToFileURL(process.env.CAMPAIGN_ROOT))('libsql');
const at = Number(process.env.CAMPAIGN_KILL_AT);
let count = 0;

function counted(owner, name) {
  const original = owner[name];
  owner[name] = function (...args) {
    count += 1;
    if (count === at) process.kill(process.pid, 'SIGKILL');
    return original.apply(this, args);
  };
}

for (const name of ['open', 'rename', 'unlink', 'mkdir', 'writeFile', 'link', 'rm']) counted(fs.promises, name);
for (const name of ['exec', 'prepare']) counted(Database.prototype, name);
syncBuiltinESMExports();
process.on('exit', () => fs.writeSync(2, `counted ${count}\n`));
