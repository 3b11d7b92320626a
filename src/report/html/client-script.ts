/** The script of the HTML report. Generated from client/ by `npm run generate`; do not edit. */
export const CLIENT_SCRIPT: string = `"use strict";(()=>{var LONG_WORD=24;var HYPHENS=/(-{1,2}[^\\s-]?)/u;var BEHIND_SEPARATORS=/(?<=[/:,=_])(?![/:,=_])/;function linePieces(text){let left=Math.max(8,text.length/4);const pieces=[];
const add=(as,part)=>{const last=pieces.at(-1);if(as!=="plain")left-=1;if(as==="plain"||left<0){if(last?.as==="plain")pieces[pieces.length-1]={as:"plain",text:last.
text+part};else if(part!=="")pieces.push({as:"plain",text:part})}else pieces.push({as,text:part})};text.split(" ").forEach((word,at)=>{if(at>0)add("plain"," ");
const parts=word.length>LONG_WORD?word.split(BEHIND_SEPARATORS):[word];parts.forEach((part,place)=>{if(place>0)add("break","");for(const[n,bit]of part.split(HYPHENS).
entries())add(n%2===1?"joined":"plain",bit)})});return pieces}function make(tag,attributes,...children){const element=document.createElement(tag);for(const[name,value]of Object.entries(attributes))element.setAttribute(name,
value);for(const child of children){if(typeof child==="string")addText(element,child);else if(child!==null)element.append(child)}return element}function addText(element,text){
for(const{as,text:part}of linePieces(text)){if(as==="plain"){element.append(part);continue}const mark=document.createElement(as==="joined"?"span":"wbr");if(as===
"joined"){mark.className="whole";mark.textContent=part}element.append(mark)}}function byId(id,kind){const element=document.getElementById(id);if(element instanceof
kind)return element;throw new Error(\`the page has no \${kind.name} with the id \${id}\`)}function closest(event,selector){return event.target instanceof Element?event.
target.closest(selector):null}function defaultView(findings2){return{severity:"",status:findings2.some(({status})=>status===0)?"open":"",rule:"",account:"",region:"",q:"",sort:"severity",group:"\\
rule",page:"1",finding:""}}function viewOf(hash,defaults2){const text=hash.slice(1);if(text!==""&&!text.includes("="))return null;const given=new URLSearchParams(
text);const read=key=>given.get(key)??defaults2[key];return{severity:read("severity"),status:read("status"),rule:read("rule"),account:read("account"),region:read(
"region"),q:read("q"),sort:read("sort"),group:read("group"),page:read("page"),finding:read("finding")}}var KEYS=["severity","status","rule","account","region","\\
q","sort","group","page","finding"];function hashOf(view2,defaults2){const differing=new URLSearchParams;for(const key of KEYS)if(view2[key]!==defaults2[key])differing.
set(key,view2[key]);return differing.toString()}var FIELDS=["rule","account","region","group","q"];var PILLS=["severity","status"];function showInControls(view2,defaults2){const{elements}=byId("filters",HTMLFormElement);
let shown=view2;for(const name of FIELDS){const control=elements.namedItem(name);if(!(control instanceof HTMLSelectElement||control instanceof HTMLInputElement))
continue;control.value=view2[name];if(control.value===view2[name])continue;control.value=defaults2[name];shown={...shown,[name]:defaults2[name]}}for(const name of PILLS){
const values=view2[name].split(",");for(const box of document.querySelectorAll(\`input[name=\${name}]\`))box.checked=values.includes(box.value)}byId("reset",HTMLElement).
hidden=hashOf(shown,defaults2)==="";return shown}function readControls(defaults2){const form=new FormData(byId("filters",HTMLFormElement));const chosen=name=>form.
getAll(name).join(",");const status=chosen("status");return{severity:chosen("severity"),status:status===""&&defaults2.status!==""?"all":status,rule:chosen("rule"),
account:chosen("account"),region:chosen("region"),group:chosen("group"),q:chosen("q").trim()}}function groupBy(items,keyOf){const groups=new Map;for(const item of items){const key=keyOf(item);const group=groups.get(key);if(group===void 0)groups.set(key,[
item]);else group.push(item)}return groups}function compareText(a,b){return a<b?-1:a>b?1:0}function grouped(count){return String(count).replace(/\\B(?=(\\d{3})+$)/g,",")}function plural(count,one,many=\`\${one}s\`){return\`\${grouped(count)} \${count===1?one:
many}\`}function partsOfFix(fix){const[,words=fix,command=""]=/^(?:((?:'[^']*'|[^'])*?:) )?((?:aws|mirrorwatch) [a-z].*)$/s.exec(fix)??[];return command===""?{words:fix,
command}:{words:words===fix?"":words,command}}var PACKED_SEVERITIES=["critical","high","medium","low"];var PACKED_STATUSES=["open","resolved","muted"];var RESOURCE_PLACEHOLDER="\\x01";var NAME_PLACEHOLDER="\\x02";var COLUMN_COUNT="6";function rowOf(finding,expanded2){const{id,severity,status,name,resource,reason,cause,account,region,firstSeen}=finding;const toggle=make("\\
button",{type:"button",class:"toggle","data-id":id,"aria-expanded":String(expanded2),"aria-controls":\`d-\${id}\`},make("bdi",{},name||resource));const severityName=PACKED_SEVERITIES[severity]??
"";const badge=make("span",{class:\`badge \${severityName}\`},severityName);const statusBadge=status===0?null:make("span",{class:"badge plain"},PACKED_STATUSES[status]??
"");const idLine=name===""?null:make("span",{class:"id mono"},resource);const byline=cause===""?null:make("span",{class:"inline id"},\`Cause: \${cause}\`);const datetime=secondOf(
firstSeen).replace(" UTC","Z").replace(" ","T");return make("tr",{class:"row",id:\`f-\${id}\`},make("td",{class:"sev"},badge,statusBadge),make("th",{scope:"row",class:"\\
res"},toggle,idLine,make("span",{class:"inline"},reason),byline),make("td",{class:"why"},reason),make("td",{class:"who"},cause),make("td",{class:"where"},account,
make("span",{class:"id"},region)),make("td",{class:"seen"},make("time",{datetime},secondOf(firstSeen).slice(0,10))))}function detailOf(finding){const list=make(
"dl",{});const add=(term,...content)=>{list.append(make("dt",{},term),make("dd",{},...content))};const fix=finding.fix();const evidence=finding.evidence();add("\\
Why",finding.reason);if(fix!=="")add("Fix",...fixOf(fix));add("Where",[\`\${finding.account} \${finding.region}\`,finding.vpc].filter(part=>part!=="").join(", "));add(
"Resource",\`\${finding.type} \${finding.resource}\`);add("Seen",\`first \${secondOf(finding.firstSeen)}, last \${secondOf(finding.lastSeen)}\`);for(const[label,value]of finding.
extras())add(label,value);if(evidence.length>0)add("Evidence",make("ol",{},...evidence.map(evidenceItem)));add("Finding",make("a",{href:\`#finding=\${finding.id}\`},
finding.id));return make("tr",{class:"detail",id:\`d-\${finding.id}\`},make("td",{colspan:COLUMN_COUNT},list))}function fixOf(fix){const{words,command}=partsOfFix(
fix);const said=words===""?[]:[make("p",{},words)];if(command==="")return said;const label=words===""?"Command that fixes it":"Command to be used with thought";
const code=make("pre",{tabindex:"0","aria-label":label},command);const copy=make("button",{type:"button",class:"plainbtn copy"},"Copy");copy.addEventListener("c\\
lick",()=>copyText(command,code,copy));return[...said,code,copy]}function copyText(text,code,button){const select2=()=>getSelection()?.selectAllChildren(code);const confirm=()=>{
button.textContent="Copied";byId("live",HTMLElement).textContent="Copied the command."};if("clipboard"in navigator)navigator.clipboard.writeText(text).then(confirm,
select2);else select2()}function evidenceItem({eventID,eventName,eventTime,actor,from,logFile,note,role}){const lines=[\`\${eventName} at \${secondOf(eventTime)}\${role===
""?"":\` (\${role})\`}\`,actor&&\`caller \${actor}\`,from&&\`from \${from}\`,eventID&&\`event \${eventID}\`,logFile&&\`in \${logFile}\`,note];return make("li",{},...lines.filter(
line=>line!=="").map(line=>make("div",{},line)))}function secondOf(time){return time===null?"":\`\${new Date(time).toISOString().slice(0,19).replace("T"," ")} UTC\`}function select(findings2,view2){if(view2.finding!=="")return findings2.filter(({id})=>id===view2.finding);const severities=indexesOf(view2.severity,PACKED_SEVERITIES);
const statuses=view2.status==="all"?null:indexesOf(view2.status,PACKED_STATUSES);const words=view2.q.toLowerCase().split(/\\s+/).filter(word=>word!=="");return findings2.
filter(finding=>(severities===null||severities.has(finding.severity))&&(statuses===null||statuses.has(finding.status))&&(view2.rule===""||finding.rule===view2.rule)&&
(view2.account===""||finding.account===view2.account)&&(view2.region===""||finding.region===view2.region)&&words.every(word=>finding.searchText().includes(word)))}
function arrange(findings2,{sort,group}){const by=SORTS.get(sort.replace(/^-/,""))??bySeverity;const direction=sort.startsWith("-")?-1:1;const sorted=[...findings2].
sort((a,b)=>direction*by(a,b)||compareText(a.resource,b.resource)||compareText(a.id,b.id));const nameOf=GROUPS.get(group);if(nameOf===void 0)return[{name:null,list:sorted}];
return[...groupBy(sorted,nameOf)].map(([name,list])=>({name,list,worst:Math.min(9,...new Set(list.map(({severity})=>severity)))})).sort((a,b)=>a.worst-b.worst||
b.list.length-a.list.length||compareText(a.name,b.name))}var bySeverity=(a,b)=>a.severity-b.severity||a.status-b.status;var SORTS=new Map([["severity",bySeverity],
["resource",(a,b)=>compareText(a.name||a.resource,b.name||b.resource)],["reason",(a,b)=>compareText(a.reason,b.reason)],["cause",(a,b)=>compareText(a.cause,b.cause)],
["where",(a,b)=>compareText(a.account,b.account)||compareText(a.region,b.region)],["seen",(a,b)=>Number(a.firstSeen)-Number(b.firstSeen)]]);var GROUPS=new Map([
["rule",({rule})=>rule],["resource",({name,resource})=>name===""?resource:\`\${name} (\${resource})\`],["cause",({actor})=>actor===""?"cause not proven":\`by \${actor}\`],
["owner",({owner})=>owner||"no owner"],["account",({account})=>account],["vpc",({vpc})=>vpc||"no VPC"]]);function indexesOf(list,names){return list===""?null:new Set(
list.split(",").map(name=>names.indexOf(name)))}function drawTable(view2,{findings:findings2,titles:titles2,expanded:expanded2,pageSize}){const groups=arrange(select(findings2,view2),view2);const total=groups.
reduce((sum,{list})=>sum+list.length,0);const pages=Math.max(1,Math.ceil(total/pageSize));const page=Math.min(pages,pageOf(view2));const first=(page-1)*pageSize;
const table=byId("rows",HTMLTableElement);for(const body of[...table.tBodies])body.remove();for(const{name,size,list}of groupsOnPage(groups,first,first+pageSize)){
const heading=name===null?null:groupHeading(view2.group==="rule"?titles2.get(name)??name:name,size);const rows=list.flatMap(finding=>{const isExpanded=expanded2.
has(finding.id);return isExpanded?[rowOf(finding,true),detailOf(finding)]:[rowOf(finding,false)]});table.append(make("tbody",{},heading,...rows))}byId("count",HTMLElement).
textContent=countWords({first:first+1,last:Math.min(total,first+pageSize),total,all:findings2.length});drawPagers(page,pages);markSortedColumn(view2.sort)}function pageOf({
page}){return Math.max(1,Number.parseInt(page,10)||1)}function groupsOnPage(groups,from,to){let position=0;return groups.flatMap(({name,list})=>{const start=position;
position+=list.length;const own=list.slice(Math.max(0,from-start),Math.max(0,to-start));return own.length===0?[]:[{name,size:list.length,list:own}]})}function groupHeading(title,size){
const count=make("span",{},plural(size,"finding"));const heading=make("th",{scope:"rowgroup",colspan:COLUMN_COUNT},make("bdi",{},title),count);return make("tr",
{class:"group"},heading)}function countWords({first,last,total,all}){if(total===0)return"No finding matches.";const what=total===all?"findings":\`matching findin\\
gs, \${grouped(all)} in all\`;return\`\${grouped(first)}–\${grouped(last)} of \${grouped(total)} \${what}\`}function drawPagers(page,pages){for(const pager of document.
querySelectorAll(".pager")){pager.hidden=pages===1;for(const button of pager.querySelectorAll("button"))button.disabled=button.dataset.step==="-1"?page===1:page===
pages;for(const label of pager.querySelectorAll("span"))label.textContent=\`Page \${grouped(page)} of \${grouped(pages)}\`}}function markSortedColumn(sort){const column=sort.
replace(/^-/,"");for(const button of document.querySelectorAll("[data-sort]")){const order=button.dataset.sort!==column?"none":sort.startsWith("-")?"descending":
"ascending";button.parentElement?.setAttribute("aria-sort",order)}}function unpack({strings,rows}){const text=index=>strings[index]??"";return rows.map(row=>unpackRow(row,text))}function unpackRow(row,text){const[id,severity,status,
rule,account,region,type,resource,name,owner,vpc,reason,cause,actor]=row;const[,,,,,,,,,,,,,,firstSeen,lastSeen,fix,evidence,extras]=row;const filled=index=>text(
index).replaceAll(RESOURCE_PLACEHOLDER,()=>text(resource)).replaceAll(NAME_PLACEHOLDER,()=>text(name));let searchText=null;const finding={id:text(id),severity,status,
rule:text(rule),account:text(account),region:text(region),type:text(type),resource:text(resource),name:text(name),owner:text(owner),vpc:text(vpc),reason:filled(
reason),cause:text(cause),actor:text(actor),firstSeen,lastSeen,fix:()=>filled(fix),evidence:()=>evidence.map(([eventID,eventName,eventTime,actor2,sourceIPAddress,
userAgent,logFile,note,role])=>({eventID:text(eventID),eventName:text(eventName),eventTime,actor:text(actor2),from:[text(sourceIPAddress),text(userAgent)].filter(
part=>part!=="").join(", "),logFile:text(logFile),note:text(note),role:text(role)})),extras:()=>extras.map(([label,value])=>[text(label),text(value)]),searchText:()=>{
searchText??=searchTextOf(finding);return searchText}};return finding}function searchTextOf(finding){const{resource,name,owner,vpc,reason,cause,account,region,rule,
id}=finding;const records=finding.evidence().flatMap(one=>[one.eventID,one.eventName,one.actor,one.logFile]);const extras=finding.extras().map(([,value])=>value);
return[resource,name,owner,vpc,reason,cause,account,region,rule,id,...records,...extras].join("\\n").toLowerCase()}var PAGE_SIZE=100;var PRINTED_ROWS=1e3;var TYPING_PAUSE_MS=120;var packed=JSON.parse(byId("data",HTMLScriptElement).text);var findings=unpack(packed);var titles=new Map(
Object.entries(packed.titles));var defaults=defaultView(findings);var expanded=new Set;var view=defaults;function draw(pageSize=PAGE_SIZE){drawTable(view,{findings,
titles,expanded,pageSize})}function readAddress(){const given=viewOf(location.hash,defaults);if(given===null)return false;view=given;if(view.finding!=="")expanded.
add(view.finding);return location.hash.length>1}function change(parts){view={...view,finding:"",page:"1",...parts};const hash=hashOf(view,defaults);history.replaceState(
null,"",hash===""?location.pathname+location.search:\`#\${hash}\`);view=showInControls(view,defaults);draw()}function toggleDetails(toggle){const finding=findings.
find(({id})=>id===toggle.dataset.id);if(finding===void 0)return;const expand=!expanded.has(finding.id);if(expand)expanded.add(finding.id);else expanded.delete(finding.
id);toggle.setAttribute("aria-expanded",String(expand));if(expand)toggle.closest("tr")?.after(detailOf(finding));else document.getElementById(\`d-\${finding.id}\`)?.
remove()}function scrollToFindings(){byId("findings",HTMLElement).scrollIntoView()}function listenToFilters(){const filters=byId("filters",HTMLFormElement);const search=byId(
"q",HTMLInputElement);const apply=()=>change(readControls(defaults));let typing;filters.addEventListener("submit",event=>event.preventDefault());filters.addEventListener(
"change",apply);search.addEventListener("input",()=>{clearTimeout(typing);typing=setTimeout(apply,TYPING_PAUSE_MS)});byId("reset",HTMLElement).addEventListener(
"click",()=>{expanded.clear();change(defaults);search.focus()});addEventListener("keydown",event=>{if(event.key!=="/"||event.ctrlKey||event.metaKey||event.altKey)
return;if(closest(event,"input,select,textarea")!==null)return;event.preventDefault();search.focus()})}function listenToTable(){byId("rows",HTMLTableElement).addEventListener(
"click",event=>{const sort=closest(event,"[data-sort]")?.dataset.sort;if(sort!==void 0)return change({sort:view.sort===sort?\`-\${sort}\`:sort});const toggle=closest(
event,".toggle");if(toggle!==null)toggleDetails(toggle)});for(const pager of document.querySelectorAll(".pager")){pager.addEventListener("click",event=>{const step=closest(
event,"[data-step]")?.dataset.step;if(step===void 0)return;change({finding:view.finding,page:String(pageOf(view)+Number(step))});scrollToFindings()})}}function listenToWindow(){
addEventListener("hashchange",()=>{if(!readAddress())return;view=showInControls(view,defaults);draw();scrollToFindings()});addEventListener("beforeprint",()=>draw(
PRINTED_ROWS));addEventListener("afterprint",()=>draw())}listenToFilters();listenToTable();listenToWindow();var linked=readAddress();for(const control of document.
querySelectorAll(".needs-script"))control.hidden=false;view=showInControls(view,defaults);draw();if(linked)scrollToFindings();document.documentElement.dataset.ready=
"yes";})();
`;
