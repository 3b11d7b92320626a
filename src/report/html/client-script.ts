/** The script of the HTML report. Generated from client/ by `npm run generate`; do not edit. */
export const CLIENT_SCRIPT: string = `"use strict";(()=>{function groupBy(items,keyOf){const groups=new Map;for(const item of items){const key=keyOf(item);const group=groups.get(key);if(group===void 0)groups.set(key,[
item]);else group.push(item)}return groups}function compareText(a,b){return a<b?-1:a>b?1:0}function grouped(count){return String(count).replace(/\\B(?=(\\d{3})+$)/g,",")}function plural(count,one,many=\`\${one}s\`){return\`\${grouped(count)} \${count===1?one:
many}\`}function visible(text){return(MAY_ACT.test(text)||text.includes("\\n"))&&ACTING.test(text)?text.replace(ACTING_ALL,char=>SHORT[char]??codeOf(char)):text}function guardCell(text){return FORMULA.test(text)?\`'\${text}\`:text}function csvLine(cells){return\`\${cells.map(cell=>quote(visible(guardCell(cell)))).join(",")}\\r\\

\`}var FORMULA=/^[\\s"\\p{C}]*[\\t\\r\\n=+\\-@|%\\uff1d\\uff0b\\uff0d\\uff20\\u2212]/u;var NEEDS_QUOTES=/[",\\r\\n]|^\\s|\\s$/;var SHORT={"\\n":"\\\\n","\\r":"\\\\r","\\x09":"\\\\t"};var INVISIBLE="\\
\\\\p{Cc}\\\\p{Cs}\\\\u00ad\\\\u061c\\\\u180e\\\\u200b\\\\u200e\\\\u200f\\\\u2028-\\\\u202e\\\\u2060-\\\\u206f\\\\ufeff\\\\ufff9-\\\\ufffb\\\\ufffe\\\\uffff\\\\u{e0000}-\\\\u{e007f}";var MAY_ACT=/[\\0-\\t\\v-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ud800-\\udfff\\ufeff\\ufff9-\\uffff]/;
var ACTING=new RegExp(\`[\${INVISIBLE}]\`,"u");var ACTING_ALL=new RegExp(\`[\${INVISIBLE}]\`,"gu");var ACTING_IN_JSON=new RegExp(\`(?!\\\\n)[\${INVISIBLE}]\`,"u");var ACTING_IN_JSON_ALL=new RegExp(
\`(?!\\\\n)[\${INVISIBLE}]\`,"gu");function quote(cell){return NEEDS_QUOTES.test(cell)?\`"\${cell.replaceAll('"','""')}"\`:cell}function codeOf(char){const hex=(char.codePointAt(0)??0).toString(16);
return hex.length>4?\`\\\\u{\${hex}}\`:\`\\\\u\${hex.padStart(4,"0")}\`}function defaultView(findings2){return{severity:"",status:findings2.some(({status})=>status===0)?"open":"",rule:"",account:"",region:"",q:"",sort:"severity",group:"\\
rule",page:"1",finding:""}}var KEYS=["severity","status","rule","account","region","q","sort","group","page","finding"];function hashOf(view2,defaults2){const differing=new URLSearchParams;
for(const key of KEYS)if(view2[key]!==defaults2[key])differing.set(key,view2[key]);return differing.toString()}function viewWords(view2,titleOf2){if(view2.finding!==
"")return\`one finding, \${view2.finding}\`;const either=list=>list.split(",").join(" or ");const filters=[view2.status===""||view2.status==="all"?"every status":\`\\
status \${either(view2.status)}\`,view2.severity===""?"":\`severity \${either(view2.severity)}\`,view2.rule===""?"":\`rule “\${titleOf2(view2.rule)}”\`,view2.account===
""?"":\`account \${view2.account}\`,view2.region===""?"":\`region \${view2.region}\`,view2.q===""?"":\`with the words “\${view2.q}”\`].filter(part=>part!=="");const order=\`\\
sorted by \${view2.sort.replace(/^-/,"")}\${view2.sort.startsWith("-")?", the last first":""}\`;return\`\${filters.join(", ")}; \${order}\`}var MOST_ADDRESS=2e3;var MOST_SEARCH=200;var MOST_NAMED=5;var MOST_SHOWN=40;var LISTS=new Set(["severity","status"]);function readView(hash,defaults2,offered2){
if(!hash.includes("="))return null;const given=new URLSearchParams(hash.slice(1,MOST_ADDRESS));const view2={...defaults2};const ignored=hash.length>MOST_ADDRESS?
[\`all behind \${MOST_ADDRESS} characters\`]:[];const keep=(key,value)=>{if(offered2(key,value))return true;ignored.push(\`\${key} “\${shown(value)}”\`);return false};
for(const key of new Set(given.keys())){const value=given.get(key)??"";if(!isKey(key))ignored.push(\`“\${shown(key)}”\`);else if(key==="q")view2.q=value.slice(
0,MOST_SEARCH);else if(value==="")view2[key]=value;else if(!LISTS.has(key)){if(keep(key,value))view2[key]=value}else{const kept=value.split(",").filter(one=>keep(
key,one));if(kept.length>0)view2[key]=kept.join(",")}}return{view:view2,ignored}}function ignoredWords(ignored){const named=ignored.slice(0,MOST_NAMED).join(", ");
const more=ignored.length>MOST_NAMED?\` and \${ignored.length-MOST_NAMED} more\`:"";return ignored.length===0?"":\`The address asks for what this report does not ha\\
ve, which is ignored: \${named}\${more}.\`}function isKey(key){return KEYS.includes(key)}function shown(text){return visible(text.length>MOST_SHOWN?\`\${text.slice(0,
MOST_SHOWN)}…\`:text)}function download(name,text){const href=URL.createObjectURL(new Blob(["\\uFEFF",text],{type:"text/csv;charset=utf-8"}));const link=document.createElement("a");link.
href=href;link.download=name;link.click();setTimeout(()=>URL.revokeObjectURL(href),6e4)}var LONG_WORD=24;var HYPHENS=/(-{1,2}[^\\s-]?)/u;var BEHIND_SEPARATORS=/(?<=[/:,=_])(?![/:,=_])/;function linePieces(text){let left=Math.max(8,text.length/4);const pieces=[];
const add=(as,part)=>{const last=pieces.at(-1);if(as!=="plain")left-=1;if(as==="plain"||left<0){if(last?.as==="plain")pieces[pieces.length-1]={as:"plain",text:last.
text+part};else if(part!=="")pieces.push({as:"plain",text:part})}else pieces.push({as,text:part})};text.split(" ").forEach((word,at)=>{if(at>0)add("plain"," ");
const parts=word.length>LONG_WORD?word.split(BEHIND_SEPARATORS):[word];parts.forEach((part,place)=>{if(place>0)add("break","");for(const[n,bit]of part.split(HYPHENS).
entries())add(n%2===1?"joined":"plain",bit)})});return pieces}function make(tag,attributes,...children){const element=document.createElement(tag);for(const[name,value]of Object.entries(attributes))element.setAttribute(name,
value);for(const child of children){if(typeof child==="string")addText(element,child);else if(child!==null)element.append(child)}return element}function addText(element,text){
for(const{as,text:part}of linePieces(text)){if(as==="plain"){element.append(part);continue}const mark=document.createElement(as==="joined"?"span":"wbr");if(as===
"joined"){mark.className="whole";mark.textContent=part}element.append(mark)}}function byId(id,kind){const element=document.getElementById(id);if(element instanceof
kind)return element;throw new Error(\`the page has no \${kind.name} with the id \${id}\`)}function closest(event,selector){return event.target instanceof Element?event.
target.closest(selector):null}var FIELDS=["rule","account","region","group","q"];var PILLS=["severity","status"];function showInControls(view2,defaults2){for(const name of FIELDS){const control=controlOf(
name);if(control!==null)control.value=view2[name]}for(const name of PILLS){const values=view2[name].split(",");for(const box of boxesOf(name))box.checked=values.
includes(box.value)}byId("reset",HTMLElement).hidden=hashOf(view2,defaults2)===""}function offeredBy(findings2){const ids=new Set(findings2.map(({id})=>id));const columns=new Set(
[...document.querySelectorAll("[data-sort]")].map(({dataset})=>dataset.sort));const choices=new Map;for(const name of PILLS)choices.set(name,new Set([...boxesOf(
name)].map(({value})=>value)));for(const name of FIELDS){const control=controlOf(name);if(!(control instanceof HTMLSelectElement))continue;choices.set(name,new Set(
[...control.options].filter(({disabled})=>!disabled).map(({value})=>value)))}return(key,value)=>{switch(key){case"q":return value.length<=MOST_SEARCH;case"sort":
return columns.has(value.replace(/^-/,""));case"page":return/^[1-9]\\d{0,5}$/.test(value);case"finding":return ids.has(value);case"status":return value==="all"||
choices.get(key)?.has(value)===true;case"severity":case"rule":case"account":case"region":case"group":return choices.get(key)?.has(value)===true}}}function controlOf(name){
const control=byId("filters",HTMLFormElement).elements.namedItem(name);return control instanceof HTMLSelectElement||control instanceof HTMLInputElement?control:
null}function boxesOf(name){return document.querySelectorAll(\`input[name=\${name}]\`)}function readControls(defaults2){const form=new FormData(byId("filters",HTMLFormElement));
const chosen=name=>form.getAll(name).join(",");const status=chosen("status");return{severity:chosen("severity"),status:status===""&&defaults2.status!==""?"all":
status,rule:chosen("rule"),account:chosen("account"),region:chosen("region"),group:chosen("group"),q:chosen("q").trim()}}var PACKED_SEVERITIES=["critical","high","medium","low"];var PACKED_STATUSES=["open","resolved","muted"];var RESOURCE_PLACEHOLDER="\\x01";var NAME_PLACEHOLDER="\\x02";var COLUMNS=[["id",({id})=>id],["rule",({rule})=>rule],["severity",({severity})=>PACKED_SEVERITIES[severity]??""],["status",({status})=>PACKED_STATUSES[status]??
""],["account_id",({account})=>account],["region",({region})=>region],["resource_type",({type})=>type],["resource_id",({resource})=>resource],["resource_name",({
name})=>name],["owner",({owner})=>owner],["vpc_id",({vpc})=>vpc],["reason",({reason})=>reason],["who",({actor})=>actor],["cause",finding=>causeOf(finding)],["fi\\
rst_seen",({firstSeen})=>timeOf(firstSeen)],["last_seen",({lastSeen})=>timeOf(lastSeen)],["event_ids",finding=>listOf(finding,({eventID})=>eventID)],["event_nam\\
es",finding=>listOf(finding,({eventName})=>eventName)],["log_files",finding=>listOf(finding,({logFile})=>logFile)],["fix",({fix})=>fix()],["rule_title",({rule},titleOf2)=>titleOf2(
rule)]];function csvOf(findings2,titleOf2){const rows=findings2.map(finding=>csvLine(COLUMNS.map(([,cell])=>cell(finding,titleOf2))));return[csvLine(COLUMNS.map(
([name])=>name)),...rows].join("")}function causeOf(finding){const[label="",words=""]=finding.extras().find(([label2])=>/^Cause|^Called by$/.test(label2))??[];if(label===
"")return finding.cause;return label==="Cause"?words:\`\${label} \${words}\`}function listOf(finding,part){return finding.evidence().map(part).filter(text=>text!=="").
join("; ")}function timeOf(time){return time===null?"":new Date(time).toISOString()}function partsOfFix(fix){const[,words=fix,command=""]=/^(?:((?:'[^']*'|[^'])*?:) )?((?:aws|mirrorwatch) [a-z].*)$/s.exec(fix)??[];return command===""?{words:fix,
command}:{words:words===fix?"":words,command}}var RESOURCE_NOUNS={"AWS::EC2::Instance":"instance","AWS::ECS::Task":"task","AWS::EC2::NetworkInterface":"interface","AWS::EC2::TrafficMirrorSession":"mirror se\\
ssion","AWS::EC2::SecurityGroup":"security group","AWS::IAM::User":"user","AWS::S3::Object":"log file","AWS::Account":"account",Other:"resource"};var COLUMN_COUNT="6";var NOUNS=new Map(Object.entries(RESOURCE_NOUNS));function rowOf(finding,expanded2){const{id,severity,status,name,resource,reason,cause,account,
region,firstSeen}=finding;const toggle=make("button",{type:"button",class:"toggle","data-id":id,"aria-expanded":String(expanded2),"aria-controls":\`d-\${id}\`},make(
"bdi",{},name||resource));const severityName=PACKED_SEVERITIES[severity]??"";const badge=make("span",{class:\`badge \${severityName}\`},severityName);const statusBadge=status===
0?null:make("span",{class:"badge plain"},PACKED_STATUSES[status]??"");const idLine=name===""?null:make("span",{class:"id mono"},resource);const byline=cause===""?
null:make("span",{class:"inline id"},\`Cause: \${cause}\`);const datetime=secondOf(firstSeen).replace(" UTC","Z").replace(" ","T");return make("tr",{class:"row",id:\`\\
f-\${id}\`},make("td",{class:"sev"},badge,statusBadge),make("th",{scope:"row",class:"res"},toggle,idLine,make("span",{class:"inline"},reason),byline),make("td",{class:"\\
why"},reason),make("td",{class:"who"},cause),make("td",{class:"where"},account,make("span",{class:"id"},region)),make("td",{class:"seen"},make("time",{datetime},
secondOf(firstSeen).slice(0,10))))}function detailOf(finding){const list=make("dl",{});const add=(term,...content)=>{list.append(make("dt",{},term),make("dd",{},
...content))};const fix=finding.fix();const evidence=finding.evidence();add("Why",finding.reason);if(fix!=="")add("Fix",...fixOf(fix));add("Where",[\`\${finding.account}\\
 \${finding.region}\`,finding.vpc].filter(part=>part!=="").join(", "));add("Resource",\`\${NOUNS.get(finding.type)??finding.type} \${finding.resource}\`);add("Seen",\`\\
first \${secondOf(finding.firstSeen)}, last \${secondOf(finding.lastSeen)}\`);for(const[label,value]of finding.extras())add(label,value);if(evidence.length>0)add("\\
Evidence",make("ol",{},...evidence.map(evidenceItem)));add("Finding",make("a",{href:\`#finding=\${finding.id}\`},finding.id));return make("tr",{class:"detail",id:\`\\
d-\${finding.id}\`},make("td",{colspan:COLUMN_COUNT},list))}function fixOf(fix){const{words,command}=partsOfFix(fix);const said=words===""?[]:[make("p",{},words)];
if(command==="")return said;const label=words===""?"Command that fixes it":"Command to be used with thought";const code=make("pre",{tabindex:"0","aria-label":label},
command);const copy=make("button",{type:"button",class:"plainbtn copy"},"Copy");copy.addEventListener("click",()=>copyText(command,code,copy));return[...said,code,
copy]}function copyText(text,code,button){const select2=()=>getSelection()?.selectAllChildren(code);const confirm=()=>{button.textContent="Copied";byId("live",HTMLElement).
textContent="Copied the command."};if("clipboard"in navigator)navigator.clipboard.writeText(text).then(confirm,select2);else select2()}function evidenceItem({eventID,
eventName,eventTime,actor,from,logFile,note,role}){const lines=[\`\${eventName} at \${secondOf(eventTime)}\${role===""?"":\` (\${role})\`}\`,actor&&\`caller \${actor}\`,from&&
\`from \${from}\`,eventID&&\`event \${eventID}\`,logFile&&\`in \${logFile}\`,note];return make("li",{},...lines.filter(line=>line!=="").map(line=>make("div",{},line)))}function secondOf(time){
return time===null?"":\`\${new Date(time).toISOString().slice(0,19).replace("T"," ")} UTC\`}function select(findings2,view2){if(view2.finding!=="")return findings2.filter(({id})=>id===view2.finding);const severities=indexesOf(view2.severity,PACKED_SEVERITIES);
const statuses=view2.status==="all"?null:indexesOf(view2.status,PACKED_STATUSES);const words=view2.q.toLowerCase().split(/\\s+/).filter(word=>word!=="");return findings2.
filter(finding=>(severities===null||severities.has(finding.severity))&&(statuses===null||statuses.has(finding.status))&&(view2.rule===""||finding.rule===view2.rule)&&
(view2.account===""||finding.account===view2.account)&&(view2.region===""||finding.region===view2.region)&&words.every(word=>finding.searchText().includes(word)))}
function allShown(findings2,view2){return arrange(select(findings2,view2),view2).flatMap(({list})=>list)}function arrange(findings2,{sort,group}){const by=SORTS.
get(sort.replace(/^-/,""))??bySeverity;const direction=sort.startsWith("-")?-1:1;const sorted=[...findings2].sort((a,b)=>direction*by(a,b)||compareText(a.resource,
b.resource)||compareText(a.id,b.id));const nameOf=GROUPS.get(group);if(nameOf===void 0)return[{name:null,list:sorted}];return[...groupBy(sorted,nameOf)].map(([name,
list])=>({name,list,worst:Math.min(9,...new Set(list.map(({severity})=>severity)))})).sort((a,b)=>a.worst-b.worst||b.list.length-a.list.length||compareText(a.name,
b.name))}var bySeverity=(a,b)=>a.severity-b.severity||a.status-b.status;var SORTS=new Map([["severity",bySeverity],["resource",(a,b)=>compareText(a.name||a.resource,
b.name||b.resource)],["reason",(a,b)=>compareText(a.reason,b.reason)],["cause",(a,b)=>compareText(a.cause,b.cause)],["where",(a,b)=>compareText(a.account,b.account)||
compareText(a.region,b.region)],["seen",(a,b)=>Number(a.firstSeen)-Number(b.firstSeen)]]);var GROUPS=new Map([["rule",({rule})=>rule],["resource",({name,resource})=>name===
""?resource:\`\${name} (\${resource})\`],["cause",({actor})=>actor===""?"cause not proven":\`by \${actor}\`],["owner",({owner})=>owner||"no owner"],["account",({account})=>account],
["vpc",({vpc})=>vpc||"no VPC"]]);function indexesOf(list,names){return list===""?null:new Set(list.split(",").map(name=>names.indexOf(name)))}function drawTable(view2,{findings:findings2,titles:titles2,expanded:expanded2,pageSize}){const groups=arrange(select(findings2,view2),view2);const total=groups.
reduce((sum,{list})=>sum+list.length,0);const pages=Math.max(1,Math.ceil(total/pageSize));const page=Math.min(pages,pageOf(view2));const first=(page-1)*pageSize;
const table=byId("rows",HTMLTableElement);for(const body of[...table.tBodies])body.remove();for(const{name,size,list}of groupsOnPage(groups,first,first+pageSize)){
const heading=name===null?null:groupHeading(view2.group==="rule"?titles2.get(name)??name:name,size);const rows=list.flatMap(finding=>{const isExpanded=expanded2.
has(finding.id);return isExpanded?[rowOf(finding,true),detailOf(finding)]:[rowOf(finding,false)]});table.append(make("tbody",{},heading,...rows))}byId("count",HTMLElement).
textContent=countWords({first:first+1,last:Math.min(total,first+pageSize),total,all:findings2.length});drawPagers(page,pages);markSortedColumn(view2.sort);return total}
function pageOf({page}){return Math.max(1,Number.parseInt(page,10)||1)}function groupsOnPage(groups,from,to){let position=0;return groups.flatMap(({name,list})=>{
const start=position;position+=list.length;const own=list.slice(Math.max(0,from-start),Math.max(0,to-start));return own.length===0?[]:[{name,size:list.length,list:own}]})}
function groupHeading(title,size){const count=make("span",{},plural(size,"finding"));const heading=make("th",{scope:"rowgroup",colspan:COLUMN_COUNT},make("bdi",
{},title),count);return make("tr",{class:"group"},heading)}function countWords({first,last,total,all}){if(total===0)return"No finding matches.";const what=total===
all?"findings":\`matching findings, \${grouped(all)} in all\`;return\`\${grouped(first)}–\${grouped(last)} of \${grouped(total)} \${what}\`}function drawPagers(page,pages){
for(const pager of document.querySelectorAll(".pager")){pager.hidden=pages===1;for(const button of pager.querySelectorAll("button"))button.disabled=button.dataset.
step==="-1"?page===1:page===pages;for(const label of pager.querySelectorAll("span"))label.textContent=\`Page \${grouped(page)} of \${grouped(pages)}\`}}function markSortedColumn(sort){
const column=sort.replace(/^-/,"");for(const button of document.querySelectorAll("[data-sort]")){const order=button.dataset.sort!==column?"none":sort.startsWith(
"-")?"descending":"ascending";button.parentElement?.setAttribute("aria-sort",order)}}function unpack({strings,rows}){const text=index=>strings[index]??"";return rows.map(row=>unpackRow(row,text))}function unpackRow(row,text){const[id,severity,status,
rule,account,region,type,resource,name,owner,vpc,reason,cause,actor]=row;const[,,,,,,,,,,,,,,firstSeen,lastSeen,fix,evidence,extras]=row;const filled=index=>text(
index).replaceAll(RESOURCE_PLACEHOLDER,()=>text(resource)).replaceAll(NAME_PLACEHOLDER,()=>text(name));let searchText=null;const finding={id:text(id),severity,status,
rule:text(rule),account:text(account),region:text(region),type:text(type),resource:text(resource),name:text(name),owner:text(owner),vpc:text(vpc),reason:filled(
reason),cause:text(cause),actor:text(actor),firstSeen,lastSeen,fix:()=>filled(fix),evidence:()=>evidence.map(([eventID,eventName,eventTime,actor2,sourceIPAddress,
userAgent,logFile,note,role])=>({eventID:text(eventID),eventName:text(eventName),eventTime,actor:text(actor2),from:[text(sourceIPAddress),text(userAgent)].filter(
part=>part!=="").join(", "),logFile:text(logFile),note:text(note),role:text(role)})),extras:()=>extras.map(([label,value])=>[text(label),text(value)]),searchText:()=>{
searchText??=searchTextOf(finding);return searchText}};return finding}function searchTextOf(finding){const{resource,name,owner,vpc,reason,cause,account,region,rule,
id}=finding;const records=finding.evidence().flatMap(one=>[one.eventID,one.eventName,one.actor,one.logFile]);const extras=finding.extras().map(([,value])=>value);
return[resource,name,owner,vpc,reason,cause,account,region,rule,id,...records,...extras].join("\\n").toLowerCase()}var PAGE_SIZE=100;var PHONE_PAGE_SIZE=25;var PRINTED_ROWS=1e3;var TYPING_PAUSE_MS=120;var CSV_NAME="mirrorwatch-findings.csv";var packed=JSON.parse(byId("data",
HTMLScriptElement).text);var findings=unpack(packed);var titles=new Map(Object.entries(packed.titles));var titleOf=rule=>titles.get(rule)??rule;var defaults=defaultView(
findings);var offered=offeredBy(findings);var expanded=new Set;var view=defaults;var isTyped=false;function draw(){const pageSize=matchMedia("(max-width:640px)").
matches?PHONE_PAGE_SIZE:PAGE_SIZE;const total=drawTable(view,{findings,titles,expanded,pageSize});const cut=total>PRINTED_ROWS?\`. On paper: the first \${grouped(
PRINTED_ROWS)}\`:"";byId("applied",HTMLElement).textContent=\`Shown: \${viewWords(view,titleOf)}\${cut}.\`;byId("csv",HTMLButtonElement).disabled=total===0}function drawForPaper(){
drawTable({...view,page:"1"},{findings,titles,expanded,pageSize:PRINTED_ROWS});for(const fold of document.querySelectorAll("details:not([open])")){fold.open=true;
fold.dataset.printed=""}}function drawAfterPaper(){draw();for(const fold of document.querySelectorAll("details[data-printed]")){fold.open=false;delete fold.dataset.
printed}}function readAddress(){const read=readView(location.hash,defaults,offered);view=read?.view??defaults;const words=ignoredWords(read?.ignored??[]);const notice=byId(
"ignored",HTMLElement);notice.textContent=words;notice.hidden=words==="";if(view.finding!=="")expanded.add(view.finding);showInControls(view,defaults);return read!==
null}function change(parts,isTyping=false){view={...view,finding:"",page:"1",...parts};const hash=hashOf(view,defaults);const address=hash===""?location.pathname+
location.search:\`#\${hash}\`;if(isTyping&&isTyped)history.replaceState(null,"",address);else if(hash!==location.hash.slice(1))history.pushState(null,"",address);isTyped=
isTyping;byId("ignored",HTMLElement).hidden=true;showInControls(view,defaults);draw()}function toggleDetails(toggle){const finding=findings.find(({id})=>id===toggle.
dataset.id);if(finding===void 0)return;const expand=!expanded.has(finding.id);if(expand)expanded.add(finding.id);else expanded.delete(finding.id);toggle.setAttribute(
"aria-expanded",String(expand));if(expand)toggle.closest("tr")?.after(detailOf(finding));else document.getElementById(\`d-\${finding.id}\`)?.remove()}function scrollToFindings(){
byId("findings",HTMLElement).scrollIntoView()}function listenToFilters(){const filters=byId("filters",HTMLFormElement);const search=byId("q",HTMLInputElement);const apply=isTyping=>change(
readControls(defaults),isTyping);let typing;filters.addEventListener("submit",event=>event.preventDefault());filters.addEventListener("change",({target})=>{if(target!==
search)apply(false)});search.addEventListener("input",()=>{clearTimeout(typing);typing=setTimeout(()=>apply(true),TYPING_PAUSE_MS)});byId("reset",HTMLElement).addEventListener(
"click",()=>{expanded.clear();change(defaults);search.focus()});addEventListener("keydown",event=>{if(event.key!=="/"||event.ctrlKey||event.metaKey||event.altKey)
return;if(closest(event,"input,select,textarea")!==null)return;event.preventDefault();search.focus()})}function listenToTable(){byId("rows",HTMLTableElement).addEventListener(
"click",event=>{const sort=closest(event,"[data-sort]")?.dataset.sort;if(sort!==void 0)return change({sort:view.sort===sort?\`-\${sort}\`:sort});const toggle=closest(
event,".toggle");if(toggle!==null)toggleDetails(toggle)});for(const pager of document.querySelectorAll(".pager")){pager.addEventListener("click",event=>{const step=closest(
event,"[data-step]")?.dataset.step;if(step===void 0)return;change({finding:view.finding,page:String(pageOf(view)+Number(step))});scrollToFindings()})}}function listenToDownload(){
byId("csv",HTMLButtonElement).addEventListener("click",()=>{const list=allShown(findings,view);download(CSV_NAME,csvOf(list,titleOf));byId("live",HTMLElement).textContent=
\`\${plural(list.length,"finding")} in \${CSV_NAME}.\`})}function listenToWindow(){addEventListener("hashchange",()=>{isTyped=false;const isView=readAddress();draw();
if(isView)scrollToFindings()});addEventListener("click",event=>{const link=closest(event,'a[href^="#"]');const id=link?.getAttribute("href")?.slice(1)??"";if(id.
includes("=")||!location.hash.includes("="))return;const place=document.getElementById(id);if(place===null||event.ctrlKey||event.metaKey||event.shiftKey)return;
event.preventDefault();place.scrollIntoView();place.tabIndex=-1;place.focus({preventScroll:true})});addEventListener("beforeprint",drawForPaper);addEventListener(
"afterprint",drawAfterPaper)}listenToFilters();listenToTable();listenToDownload();listenToWindow();var isLinked=readAddress();for(const control of document.querySelectorAll(
".needs-script"))control.hidden=false;draw();if(isLinked)scrollToFindings();document.documentElement.dataset.ready="yes";})();
`;
