import json,sys,collections,time,hashlib
sys.path.insert(0,"/work/main")
from memos_integrations.core.slots import topics,attributes,slot_of
def half(p): return int(hashlib.md5(p.encode()).hexdigest(),16)%2
res=collections.defaultdict(lambda:[0,0]);slotok=[0,0];bad=[]
for l in("en","zh","cross"):
    for x in open(f"/work/shared/corpus/applies-{l}.jsonl"):
        r=json.loads(x);p=r["preference"];own=topics(p["slot"]) if p["slot"]!="other" else topics(p["text"])
        own2=own
        got=bool(own2&topics(r["query"])) ; ok=got==r["applies"]
        h="fit" if half(p["text"])==0 else "held"
        for k in(h,h+" "+l,h+(" recall" if r["applies"] else " reject")): res[k][0]+=ok;res[k][1]+=1
        if not ok and h=="fit": bad.append((r["applies"],p["slot"],p["text"],r["query"],sorted(topics(r["query"]))))
for k in sorted(res): print(k,"%.3f"%(res[k][0]/res[k][1]),res[k][1])
if len(sys.argv)>1:
    for b in bad: 
        if str(b[0])==sys.argv[1]: print(b)
sl=collections.Counter();seen=set()
for l in("en","zh"):
    for x in open(f"/work/shared/corpus/turns-{l}-pref.jsonl"):
        for lab in json.loads(x)["labels"]:
            if lab["kind"]!="preference":continue
            s=slot_of(lab["object"]+" "+lab["evidence"]);h="fit" if half(lab["evidence"])==0 else "held"
            sl[h,"n"]+=1;sl[h,"slot"]+=s==lab["slot"];sl[h,"domain"]+=s.split(".")[0]==lab["slot"].split(".")[0];sl[h,"other"]+=s=="other"
for h in("fit","held"): print("slot_of",h,{k:round(sl[h,k]/sl[h,"n"],3) for k in("slot","domain","other")},sl[h,"n"])
qs=[json.loads(x)["query"] for x in open("/work/shared/corpus/applies-en.jsonl")]+[json.loads(x)["query"] for x in open("/work/shared/corpus/applies-zh.jsonl")]
topics.cache_clear() if hasattr(topics,"cache_clear") else None
t=time.perf_counter()
for q in qs: topics(q)
print("topics µs",(time.perf_counter()-t)/len(qs)*1e6)
