"""Patterns that judge a clause: conditions, one-offs, tasks, questions, other people."""

from __future__ import annotations

import re

from ._lexicon import expanded

__all__ = [
    "ALWAYS",
    "ASKED_FOR",
    "ASKS",
    "ASKS_PLAINLY",
    "AT_MOST",
    "BARE",
    "CASES",
    "CONDITION",
    "DROP",
    "EDIT",
    "FIRST",
    "FOR",
    "FROM_NOW",
    "IN_ANSWERS",
    "LEADING",
    "LEADING_IN",
    "MAKING",
    "NEGATED",
    "NEVER_DID",
    "NOT_A_NAME",
    "NOT_CONDITION",
    "NOW",
    "NO_ORDER",
    "ONE_OFF",
    "OTHERS",
    "OWN",
    "PUSH",
    "SAFE",
    "SAYS",
    "SPEAKS",
    "STRONG",
    "TASK",
    "THIS_ONCE",
    "WEAK",
    "YOU",
]

CONDITION = re.compile(
    r"\s(?<!even )(?P<c>(?:even when|when(?:ever)?|if|unless|except(?: when| for| if| in| on)?|while|whilst|until|provided|as long as"
    r"|apart from|"
    r"other than|whatever|only (?:if|when|in|on|at|for|with|during|after|before|by(?! the way))|even if|during|on (?:weekdays"
    r"|weekends|work ?days"
    r"|week ?nights|school nights|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?)|at (?:night|home|work|the office|breakfast|lunch|dinner)|"
    r"in (?:the )?(?:mornings?|evenings?|afternoons?|winter|summer|meetings|emails|reports?|code|public|bed|this (?:thread|chat"
    r"|conversation|project))|"
    r"in (?:my|our) [\w ]{3,30}|for (?:work|breakfast|lunch|dinner|the|my|our|this|holidays|business|long|short|client"
    r"|code)\b[\w' ]{0,40}|"
    r"after (?:\w+)|before (?:bed|noon|lunch|\d+\w*)|with (?:clients?|customers?|guests|kids|patients|my \w+|strangers))\b.*)$"
)
LEADING = re.compile(
    r"^(?:and |but |so |please )?(?P<c>(?:when(?:ever)?|if|unless|except|while|whilst|during|for|in|on|at|after|before|with|as long as|"
    r"provided|only (?:if|when|while|in|on|at|for|with|during|after|before)|once|outside|around|apart from|other than|until|any time"
    r"|anytime|(?:each|every) time(?= (?:i|you|we)\b))\b.*)$"
)
LEADING_IN = re.compile(
    r"^(?P<c>(?:when(?:ever)?|if|in|on|at|for|after|before|during|with|while|outside|until|unless|between|throughout|apart from"
    r"|except for|other than"
    r"|once)\b [^,]{2,45}?)(?<! you)(?<! u)(?<! must)(?<! should)(?<! to)(?<! can)(?<! ever)(?<! i)(?<! we)(?<!when)(?<!if)"
    r"(?<! has)(?<! have)(?<! is)(?<! are)(?<! with) (?=(?:i|we"
    r"|please|keep|use|give|don't|do not|"
    r"never|no|always|only|write|answer|nothing|just|skip|avoid|drop|stick"
    r"|(?<!rs )(?<!ns )(?<!people )prefer|put(?! your| me down| us down)|include|add)\b"
    r"|(?<=s )(?:list|name|show|quote|mark|round|spell|format|sort|order|start|begin|end|open|sign|wrap|return|call) (?!up\b)[a-z])"
    r"|^(?P<case>(?:when(?:ever)?|if|once|before|after|any time|every time) (?:i|you"
    r"|we)\b[^,]{3,45}?)(?<! a)(?<! an)(?<! the)(?<! my)(?<! to)(?<! and)"
    r"(?<! or)(?<! you)(?<! must)(?<! should)(?<! can)(?<! i)(?<! we)(?<! they)(?<! he)(?<! she)(?<! it)(?<! please)"
    r" (?=(?:leave|tell|remind|suggest|recommend|assume"
    r"|include|choose|send"
    r"|put|make|add|show|check|cut|start|mention|say|ask|call|pick|book|quote|mark|round|list|treat|spell) (?:the|a|an|me|my|all"
    r"|any|every|it|them"
    r"|both|only|that|to|as|no|out|off|in|up|first)\b)"
)
NOT_A_NAME = re.compile(
    r"(?:ish|ese|ist|ic|ed|ing)$|^(?:muslim|jewish|hindu|sikh|christian|deaf|vegan|vegetarian|here|fine|ok|sorry|coeliac|celiac|quaker)$",
    re.I,
)
NOT_CONDITION = re.compile(
    r"^(?:if (?:possible|you (?:can|could|don't mind|please|wouldn't mind|must)|so|not|anything|it helps)|for (?:me|example|now"
    r"|once|ever|sure|real|"
    r"the record|what it's worth|a change|starters|instance|god's sake)|in (?:general|fact|short|future|the future|my (?:opinion"
    r"|experience|view|case))|"
    r"on (?:the other hand|that note|top of)|at (?:all|least|most|the moment|this point|times|first|last|once)|with (?:that|all)"
    r"|in (?:plain |simple |british |american |good |proper )?(?:english|french|german|spanish|italian|dutch|polish|portuguese|chinese"
    r"|mandarin|japanese|korean|welsh|irish|arabic|hindi|turkish|russian|swedish|danish|norwegian|greek|latin|prose|bullet points"
    r"|full sentences|grams|pounds|euros|dollars|celsius|kilometres)\b|before (?:i forget|you (?:go|ask|start|say (?:anything|it)))|"
    r"once (?:again|and for all)|after all|for (?:tonight|today|this (?:one|time|trip|email|letter|task)))\b"
)
ONE_OFF = re.compile(
    r"\b(?:tonight|(?<!from )(?<!as of )today|tomorrow|this (?:time|once|one|evening|afternoon|morning|week|weekend|trip|email"
    r"|letter|quote|task|meal|message|badge|edition|sign|label|banner|certificate|leaflet|poster|menu|flyer|page|list|chapter|paragraph|section|slide|card"
    r"|invitation|essay|article|photo"
    r"|picture|image|file|sheet|spreadsheet|table|document|version|song|poem|story|script|recipe|translation|speech|toast|sentence|line"
    r"|"
    r"offer|mail|memo|contract|cv|invoice|proposal|brochure|newsletter|advert|ad|caption|tweet|deck|booking|batch|"
    r"question|thread|chat|conversation|session|answer|post|report|text|draft|piece|dinner|party|event|weekend's|order|particular)|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day's (?!(?:are|is)\b)|(?:coming|visiting|arriving"
    r"|staying) (?:over |round |here )?(?:on (?:the )?[a-z\d]+|this \w+|next \w+)|(?:tomorrow|next (?:week|month))'s "
    r"|just (?:for )?(?:now|once|today)|for now|right now|for once|at the moment"
    r"|(?:just|only) for (?:the|my|our|his|her|their) (?:\w+ )?(?:party|wedding|trip|meeting|interview|concert"
    r"|funeral|ceremony|exam|show|event"
    r"|birthday)|for the next (?:\w+ )?(?:hours?|days?|weeks?|months?|minutes?)|on this occasion|today's|tonight's)\b"
)
THIS_ONCE = re.compile(
    r"\b(?:just|only) (?:this|the) (?:once|one time)\b|\bjust (?:for )?once\b|\bfor once\b|\b(?:as|for) (?:a treat|an exception)\b"
    r"|\b(?:treating|treat) (?:myself|ourselves)\b|\bmak(?:e|ing) an exception\b"
)
ALWAYS = re.compile(
    r"\b(?:always|never|from now on|every time|in future|in the future|going forward|henceforth|ever|by default|each time|at all times|"
    r"permanently|from here on|from today|remember|whenever|in general|for good|forever|please note"
    r"|(?:ground|house|standing) rules?|(?:my|some|a few|the) rules (?:are|for)|for when you)\b"
)
FROM_NOW = re.compile(
    r"\b(?:from (?:now|here) on(?:wards)?|(?:from|starting) today"
    r"|going forward|in (?:the )?future|henceforth|as of (?:now|today)|by default|at all times"
    r"|as a (?:rule|habit))\b"
)
CASES = re.compile(  # each time of a kind, in the present: "when you recommend a place", "if I paste a log", "the first time you use it"
    r"\bonly (?:when|if|in|on|at|for|with)\b"
    r"|\bas (?:we|i) (?:go|talk|chat|write|type|speak)$"
    r"|\b(?:flag|report|escalate|raise|highlight) (?:any|every|each|all)\b"
    r"|\b(?:when(?:ever)?|if|unless|any ?time|(?:every|each|the first) time|before|until|where|wherever) "
    r"(?:(?:(?:i|we)(?:'m|'re|'ve| ever| only| just)?|you(?:'re|'ve| are| have| ever)?) (?!(?:can|could|would|like|think so|want|wish"
    r"|get (?:a|the|there|here|home|back)"
    r"|have (?:time|a|any)|don't mind|(?:(?:are|am) )?(?:done|finished|ready|free|able|back|home|there|wrong)|arrive|finish|come|wake"
    r"|leave|land|had|was|were|did"
    r"|[a-z]+ed)\b)|(?:something|anything|someone|somebody|there(?:'s| is| are)|it(?:'s| is| [a-z]+s)|an? \w+|the \w+ (?:is|isn't|has)"
    r"|in doubt|unsure|asked)\b)"
    r"|\b(?:everywhere|throughout|(?:where|when)(?:ver)? (?:possible|relevant|applicable)|as a rule|by default)\b"
    r"|\b(?:after|before|during|at|on) (?:each|every) (?!(?:day|one|turn)\b)"
)
IN_ANSWERS = re.compile(  # what the assistant's answers are made of, all of it
    r"\b(?:each|every|any|all(?: the| of your)?) (?:[a-z-]+ )?(?:answers?|repl(?:y|ies)|responses?|messages?|dates?|times?|numbers?"
    r"|prices?|figures?"
    r"|amounts?|recipes?|recommendations?|suggestions?|summar(?:y|ies)|quotes?|claims?|terms?|links?|sources?|lists?|tables?|snippets?"
    r"|code blocks?|plans?"
    r"|options?|steps?|sections?|paragraphs?|commands?|names?|words?|acronyms?|explanations?|estimates?|distances?|temperatures?)\b"
    r"|(?<!my )(?<!the )(?<!these )(?<!those )(?<!their )(?<!his )(?<!her )\b(?:answers|replies|responses|explanations)\b"
    r"|\b(?:anything|everything|whatever|(?:every|each|any|all)(?: the)?(?: [\w-]+){1,2}) you (?:ever |\w+ly )?(?:write|type|make"
    r"|send|give|draft|do"
    r"|produce|prepare|print|say|show|suggest|recommend|create|design|tell)\b"
    r"|\byour (?:own )?(?:answers?|repl(?:y|ies)|responses?|explanations?|messages|points|suggestions|summaries|sources|steps)\b"
)
STRONG = re.compile(
    r"\b(?:hate|detest|loathe|despise|can't stand|cannot stand|can't bear|can't abide|must|non-negotiable|absolutely|strictly|under no|"
    r"ever again|forbidden|severe|severely|deadly|anaphyl\w*|never ever|crime|god no|at any cost|no exceptions|dealbreaker|deal-breaker|"
    r"refuse|insist|every time|adore|obsessed|epipen|hell no|unforgivable|period|full stop)\b|!!"
)
WEAK = re.compile(
    r"\b(?:a bit|slightly|kind of|sort of|kinda|lately|if possible|ideally|i guess|prefer not|not too|don't mind|is fine|are fine"
    r"|if you can|"
    r"could do without|not very|not that|maybe|somewhat|generally|tend to|alright|ok with|fine with|not really|not much of)\b"
)
TASK = re.compile(
    r"\b(?<!\bi )(?<!\bwe )(?:write|draft|translate|compose|plan|help me"
    r"|make me (?:an?|some|the|one|two|three)\b|find me|book|suggest|recommend|ideas\?|give me (?:a|an"
    r"|some)"
    r"|can you|could you|"
    r"i need (?:a|an|some)|need (?:a|an)|design|list|turn (?:this|these|it)|edit|check|tidy|rewrite|summari[sz]e|explain"
    r"|create|generate|solve|derive|integrate|refactor|convert|implement|classify|extract|compute|calculate|paraphrase|proofread|argue"
    r"|debate"
    r"|make (?:a|an|some|the|it|this)|add (?:a|an|some|the)|your move|you are given|the function|constraints|requirements|objective)\b"
)
MAKING = re.compile(
    r"(?:^|[.!?:;,] )(?:please |can you |could you |now |then |ok |and )*(?:write|draft|translate|compose|create|generate|design"
    r"|make (?:a|an|some|the)|rewrite|paraphrase|proofread|summari[sz]e|solve|code|implement|refactor|convert|classify|extract|list"
    r"|argue|debate|invent|give me (?:\d+|two|three|five|ten))\b"
)
ASKED_FOR = re.compile(
    r"\?|\b(?:recommend|suggest|suggestions?|recommendations?|any (?:ideas|tips|advice|thoughts)"
    r"|help me|your (?:advice|help|opinion|thoughts|input)"
    r"|can you|could you|would you"
    r"|what|which|where|how)\b"
)
ASKS = re.compile(
    r"^(?:and |but |so |ok |then |now )?(?:what|which|how|who|whose|where|when|why|is|are|am|do|does|did|can|could|would|will"
    r"|should|shall|any|has|"
    r"have|had|was|were|isn't|aren't|don't you|doesn't|didn't|won't|may|anything|worth|wouldn't|whats|what's|who's|where's|how's"
    r"|remind|or)\b"
)
OWN = re.compile(r"^(?:i|i'm|i've|i'd|we|we're|my|as a)\b")
OTHERS = re.compile(
    expanded(
        r"^(?:and |but |because |so |who |which |lately |recently |now |nowadays |these days |usually |sometimes |often |apparently )?"
        r"(?:she|he|they|his|her|their|who|which|(?:everyone|everybody|people|folks)(?! (?:calls?|knows?) me)(?!.{1,40} (?:is|are) )"
        r"|mum|dad|mom|grandma|grandpa"
        r"|granddad|grandad|nan|gran"
        r"|(?:my|our) (?!(?:favou?rite|preferred|go-to|usual) )(?:[\w-]+ )?(?:(?:~kin~|~tie~)s?|reg|team|team's)"
        r"|my [一-鿿]{1,4}(?= [a-z]+s\b)|(?:the|this|that"
        r"|a) (?:\w+ )?(?:~tie~|architect"
        r"|tenant|team|board|council|company))\b(?! and (?:i|me)\b)",
        "facts.toml",
    )
)
BARE = re.compile(
    r"^(?:and |but )?(?:don't|doesn't|never|always|hates?|loves?|likes?|prefers?|only|won't|can't|refuses?|wants?|drinks?|eats?"
    r"|avoids?)\b"
)
SAYS = re.compile(
    r"\b(?:says?|saying|said|that says|in which|where (?:he|she|a|the)|says that|should say|must say|called|titled|about)\b|:"
)
YOU = re.compile(
    r"^(?:please |and |so |hey |ok )?(?:(?:can|could|would|will) (?:you|u)|(?:would|is) it (?:be )?(?:possible|ok|okay|too much)"
    r"|any (?:chance|way)|is there any (?:chance|way)|(?:would you )?mind|(?:can|could|shall) we (?:agree|stick|keep|please|just))\b"
)
ASKS_PLAINLY = re.compile(
    r"^(?:why|how|what's|whats|what|where|when|who|which) (?:is|are|do|does|did|can|could|would|should|was|were|to|much|many|a"
    r"|the|s)\b|^(?:is|are|does|did|should) (?:the|it|there|a|my|this|i|we)\b"
)
SAFE = ("food.diet", "health.allergy", "health.condition", "access.needs")
DROP = re.compile(
    r"^(?:(?:can|could|would|will) (?:you|u)|as|like|with|avoid|"
    r"(?:answer|say|do|see|know) (?:that|this|it)|it'd|it'll|"
    r"it|that|that'd|this|them|one|so|to|you|me|be|do|is|not|no|yes|idea|clue|problem|worries|rush|way|matter|doubt|wonder|need"
    r"|thanks|thank you|"
    r"reason|luck|point|more|longer|one|things|know|think|understand|mean|see|remember|worry|worries|bother|forget|hesitate|get it|"
    r"what|who|how|when|why|whether|where|there|here|the time|time|help|some help|your help|an idea|ideas|advice|kidding|pressure"
    r"|hurry|big deal|"
    r"surprise|offence|offense|hard feelings|chance|rest|change|fine|good|ok|right|wrong|sure|really|and|or|but|at all|ever|just"
    r"|any|some|those|these|him|her|either|neither|none|(?:any|some|all|none|one) of (?:it|that|this|them|those|these)|anyone|anything|"
    r"everything|nothing|something|someone|again|stuff|a lot|lots|much|too|well|talk|out|up|in|on|off|down|the end|joke|jokes aside"
    r"|exceptions?|worth .*|for (?:now|the moment|today)"
    r"|(?:near|with|to|for|on|of|at|about) (?:it|that|this|them|those|these)"
    r"|[a-z]+ (?:that|this|those|these)(?: in| out| up| down| off| on)?"
    r"|always|every (?:single )?time|from (?:now|here) on(?: always)?"
    r"|(?:by|as) (?:default|always)|(?:(?:keep|leave|have|do) )?(?:it|things|them) (?:(?:that|this) way|so|like (?:that|this))"
    r"|(?:that|this) way)$"
)
PUSH = re.compile(
    r"^(?:(?:\w+ )?way to|(?:go|drive|fly|travel|move|head|get|walk|cycle|sail|emigrate|return) (?:back |over |down |up )?to"
    r"|cook|make|build|tell|write|fix|buy|sell|send|file|apply|change|move|set up|surprise|start|finish|open"
    r"|visit|plant|say|show|join|quit|a (?:\w+ )?way|a template|template|(?:the )?spare|book|understand|check|switch|convert|run"
    r"|wants?|get\b|give|thank|propose|ask|talk|invite|look|(?:do )?this|it to|this to|(?:a |an |some )?(?:help|advice|quick|hand"
    r"|list|summary|letter|plan|name|names|recipe|gift|speech|toast|present)\b|to know|to understand|to hear about|help|know|ask"
    r"|you to tell|figure|find out|see if|check|pick|choose|decide|come up|sort|prepare|practi[sc]e|submit|pack|call|email|print|replace"
    r"|repair|renew|register|cancel|finali[sz]e|hand in|get back|work out|revise"
    r"|(?:in|at|on|back|there|out|up|off) (?!bed\b|home\b)[^,]{0,30}\b(?:by|before|on|at) (?:noon|midnight|the"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|\d|[a-z]+day))\b"
)
FOR = re.compile(
    r"^(?:through|for|that|whether|one that|if|together"
    r"|(?:some |any |a few )?(?:recommendations?|suggestions?|ideas?|tips|advice) (?:on|for|about)\b)\b"
)
FIRST = re.compile(r"\b(?:i|i'm|i've|i'd|we|my)\b")
NEGATED = re.compile(
    r"^(?:absolutely |the |a |to |be |have |it |them |things? )?(?:no|zero|nothing|without|not|none of|never|(?:less|fewer)(?! than)"
    r"|avoid(?:ing)?|skip(?:ping)?|refrain(?:ing)? from|steer(?:ing)? clear of"
    r"|(?:stay|keep)(?:ing)? (?:away from|clear of|out of|off))\b\s*(?:to |too |more |any )?",
    re.IGNORECASE,
)
AT_MOST = re.compile(r"^(?:(?:any )?more )?than\s+", re.IGNORECASE)
NO_ORDER = re.compile(
    r"^(?:judge(?: me)?$|say (?:never|die)$|never say (?:never|die)$|quote me on|get me (?:started|wrong)"
    r"|whatever you|(?:do not|don't|dont|never) (?:quote me on"
    r"|get me (?:started|wrong))|once|in|been|had|used|heard|through|for|(?:please )?never (?:in|once|had|been"
    r"|got|heard|knew|again|mind|talks?"
    r"|[a-z]+s)\b|worry|get me|get mad|mind|know|think|remember|understand|see\b|"
    r"have (?:time|any|an)|even|forget|look|be silly|hesitate|laugh|be (?:sorry|shy|mad|afraid)|feel bad|ask me (?:why|how)|blame"
    r"|take it|get it|"
    r"tell (?:him|her|them|anyone|my)|yet|only|all|every|everyone|because|if|to mention|she|he|it|an? issue|much|sure|bad|until"
    r"|really|that|there|"
    r"(?:no|less|fewer) (?:than|matter|idea|wonder|problem|worries|rush|one|clue|doubt|way|longer)|matter)\b"
)
NOW = re.compile(
    r"\b(?:now|these days|nowadays|still|anymore|any more|today|since then|instead|no longer|haven't|currently"
    r"|i've gone|i (?:gave up|quit|stopped|swore off|packed in|went off)|went (?:vegan|veggie|vegetarian|pescatarian|teetotal"
    r"|plant-based|gluten|dairy)|i only (?:watch|read|listen|play|buy|wear|eat|drink|use))\b"
)
NEVER_DID = re.compile(
    r"(?:and |but )?never (?:[a-z]+(?:[^s]s|ed)|done|been|seen|had|tried|heard|eaten|gone|met|made|got|known|thought|felt|worn|driven|flown"
    r"|bought|taken|given|written|spoken|drunk|slept|won|lost|said|told|found|understood|were|was|did)\b"
)
EDIT = re.compile(r" from (?:the|my|this|that|our) ")
SPEAKS = re.compile(r"\b(?:i|im|we|me|my|our)\b")
