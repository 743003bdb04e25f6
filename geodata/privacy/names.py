"""Chinese names where something announces them: a person's role, a verb, a form of address."""

from __future__ import annotations

import re

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
"""The most common ones."""

_RARER = (
    "傅萧阎倪施洪翟颜樊兰殷温芦季俞章鲁葛伍申尤毕聂焦柳邢岳齐梅庄祝涂祁舒耿牟詹凌费纪靳甄项裴屈鲍霍翁隋甘阮闵柴冉饶"
    "刁瞿戚滕邬臧褚娄奚穆郜晏栾郁喻窦敖鄢仇艾巩虞卞冼佟栗匡鞠荆谌岑胥蔺牛左阳"
)
_COMPOUND = "欧阳|上官|司马|诸葛|司徒|皇甫|尉迟|夏侯|慕容|令狐|东方|南宫|端木|公孙|长孙|宇文"

# Words that begin as names do; where one stands, nobody is named.
_WORDS = (
    "方[面便式案法向圆]|高[度层空峰温压速铁价考中新铺质学等标效素]|高强度|万[元分一户科达]|金[额融钱秋]|马[上路桶]|石[油头子材]|白[天色领]"
    "|向[来上政社物有我你他大]|于[是此今昨前去]|任[何务意由]|毛[坯病]|雷[雨电]|江[边面]|陈[述旧年]|严[重格禁厉肃查]|程[度序]"
    "|常[年常]|段[时路落]|田[地间里]|夏[天季]|孔[洞]|武[装]|龙[头]|汤[池]|付[款费出清了钱]|余[额下名人]|叶[子]|杜[绝]|何[时处在必况以种去]"
    "|许[多可久]|谢谢|陆[续]|孙[子女]|周[边围末一二三四五六日期]|林[业地木荫]|郑重|梁柱|曾[经多在向于]|丁字|黄[色线灯昏]|钱[款财]"
    "|顾[客及]|史[上]|温[度水馨]|季[度节]|章程|申[请诉报]|尤其|毕[竟业]|齐[全]|费[用]|纪[检念律]|项目|甘[愿]|饶[恕]"
    "|牛[奶]|左[右侧边转]|阳[台光]|洪[水]|施[工]|颜色|柴[油]|梅[雨]|凌晨|屈[服]|温[暖]|童[年]|黎明|贺[卡]|路[边面口]|苏[醒]|唐[突]|宋[代]"
)
_GIVEN = "一-鿿"
# 某 stands for a name that was left out already.
_NAME = (
    rf"(?!{_WORDS})(?:(?:{_COMPOUND})[{_GIVEN}]{{1,2}}?"
    rf"|[{SURNAMES}{_RARER}](?!某)[{_GIVEN}]{{1,2}}?)"
)
# Names of other peoples have dots between their parts: 买买提·艾力.
_DOTTED = rf"[{_GIVEN}]{{1,8}}(?:[·•・．][{_GIVEN}]{{1,8}}){{1,3}}"

_PERSON = (
    "来电人|反映人|诉求人|投诉人|举报人|申请人|报修人|求助人|留言人|咨询人|当事人|联系人|负责人|收件人|经办人|法人代表|法定代表人|法人|控制人|股东"
    "|户主|车主|房主|房东|业主|租户|租客|住户|居民|村民|市民|群众|家长|用户|乘客|邻居|店主|老板|司机|患者|学生|老人|职工|员工"
    "|儿子|女儿|父亲|母亲|丈夫|妻子|老公|老婆|孩子|爱人|老伴|哥哥|弟弟|姐姐|妹妹"
)
_NOT_A_NAME = (
    "姓名|电话|手机|地址|匿名|不详|本人|无名|保密|同上|未知|小区|物业|来电|反映|多次|您好|你好|尊敬"
)
_EDGE = rf"(?=$|[^{_GIVEN}*])"
_AFTER = (
    rf"(?=$|[^{_GIVEN}*]|电话|手机|联系|微信|性别|住|家|身份证|地址|今年|先生|女士|男|女|来电|来话|致电|反映|表示|投诉|举报|咨询"
    "|求助|建议|称|说|的|是|在|于|系|因|从|和|与|将|被|向|已|报"
    ")"
)

_AFTER_COLON = re.compile(
    rf"((?:姓名|名字|{_PERSON})[ \t]{{0,2}}[:：][ \t]{{0,3}})(?!{_NOT_A_NAME})"
    rf"(?:{_DOTTED}|{_NAME}{_AFTER}|[{_GIVEN}]{{2,4}}{_EDGE}"
    rf"|[{SURNAMES}{_RARER}][ \t\u3000]{{1,2}}[{_GIVEN}]{_EDGE}"
    r"|[A-Z][A-Za-z]{1,20}(?: [A-Z][A-Za-z]{1,20}){0,2})"
)
_AFTER_VERB = re.compile(
    r"((?:姓名|名字|我叫|本人叫|我的名字|名叫|我名叫|叫做|我是|本人|我姓名)[ \t]{0,2}(?:是|为"
    r"|叫)?[ \t]{0,2})"
    rf"(?:{_NAME}{_AFTER}|{_DOTTED}{_EDGE})"
)
_FAMILY_NAME = re.compile(rf"((?:我|本人|免贵)姓)[{SURNAMES}{_RARER}]{_EDGE}")
# A name between the word for the person and what the person does, or before a pause.
_AFTER_PERSON = re.compile(rf"({_PERSON})(?:{_NAME}{_AFTER}|{_DOTTED}{_EDGE})")

# A title of an office (王主任, 李书记) names who acts in public: it stays.
_ADDRESS = re.compile("先生|女士|小姐|太太|大爷|大妈|阿姨|大叔|奶奶|爷爷|同志|师傅|老师")
_AT_WORK = ("同志", "师傅", "老师")
"""What also follows other words (班主任老师): there a name must stand by itself."""

_BEFORE_ADDRESS = re.compile(
    rf"(?<!任)(?!{_WORDS})(?:(?:{_COMPOUND})[{_GIVEN}]{{0,2}}|[{SURNAMES}{_RARER}](?!某)[{_GIVEN}]{{0,2}})$"
)
_BY_ITSELF = re.compile(
    rf"(?:^|(?<=[^{_GIVEN}])|(?<=[的是找叫与和给请校师持]))(?!任课|{_WORDS})"
    rf"(?:(?:{_COMPOUND})[{_GIVEN}]{{0,2}}|[{SURNAMES}{_RARER}](?!某)[{_GIVEN}]{{0,2}})$"
)
_LOOKED_BACK = 5
"""Characters of a name with a surname of two, and the one before."""


def mask_names(text: str) -> str:
    """Hide Chinese names; the form of address stays.

    Examples
    --------
    >>> mask_names("联系人：张三，业主王建国先生反映")
    '联系人：***，业主***先生反映'
    >>> mask_names("我叫欧阳小明，住在三楼；市民反映停水")
    '我叫***，住在三楼；市民反映停水'
    """
    text = _mask_addressed(text)
    if ":" in text or "：" in text:
        text = _AFTER_COLON.sub(r"\1***", text)
    if "叫" in text or "名" in text or "我是" in text or "本人" in text:
        text = _AFTER_VERB.sub(r"\1***", text)
    if "姓" in text:
        text = _FAMILY_NAME.sub(r"\1***", text)
    return _AFTER_PERSON.sub(r"\1***", text)


def _mask_addressed(text: str) -> str:
    """Look back from each form of address: far fewer than characters that may be a surname."""
    pieces, done = [], 0
    for found in _ADDRESS.finditer(text):
        first = max(done, found.start() - _LOOKED_BACK)
        form = _BY_ITSELF if found[0] in _AT_WORK else _BEFORE_ADDRESS
        if name := form.search(text[first : found.start()]):
            pieces += [text[done : first + name.start()], "***"]
            done = found.start()
    return "".join(pieces) + text[done:]
