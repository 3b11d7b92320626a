import { sensorLauncherContract } from '../contract/sensor-launcher.ts';
import { anAccountOf } from '../support/mirror-writers.ts';

sensorLauncherContract('the account of the local world', async (inventory) => anAccountOf(inventory));
