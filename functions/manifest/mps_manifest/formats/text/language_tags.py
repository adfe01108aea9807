"""Read what a job calls a language: BCP 47 tags, ISO 639 codes, names; return BCP 47 tags."""

from __future__ import annotations

import re

_LONGEST_TAG = 35
"""No tag of the registered subtags is longer (RFC 5646, section 4.4.1)."""
# ISO 639-1 with the codes of ISO 639-3 and, where it has another, of ISO 639-2/B
_TWO_LETTERS = (
    "aa=aar ab=abk ae=ave af=afr ak=aka am=amh an=arg ar=ara as=asm av=ava ay=aym az=aze ba=bak "
    "be=bel bg=bul bi=bis bm=bam bn=ben bo=bod=tib br=bre bs=bos ca=cat ce=che ch=cha co=cos "
    "cr=cre cs=ces=cze cu=chu cv=chv cy=cym=wel da=dan de=deu=ger dv=div dz=dzo ee=ewe el=ell=gre "
    "en=eng eo=epo es=spa et=est eu=eus=baq fa=fas=per ff=ful fi=fin fj=fij fo=fao fr=fra=fre "
    "fy=fry ga=gle gd=gla gl=glg gn=grn gu=guj gv=glv ha=hau he=heb hi=hin ho=hmo hr=hrv ht=hat "
    "hu=hun hy=hye=arm hz=her ia=ina id=ind ie=ile ig=ibo ii=iii ik=ipk io=ido is=isl=ice it=ita "
    "iu=iku ja=jpn jv=jav ka=kat=geo kg=kon ki=kik kj=kua kk=kaz kl=kal km=khm kn=kan ko=kor "
    "kr=kau ks=kas ku=kur kv=kom kw=cor ky=kir la=lat lb=ltz lg=lug li=lim ln=lin lo=lao lt=lit "
    "lu=lub lv=lav mg=mlg mh=mah mi=mri=mao mk=mkd=mac ml=mal mn=mon mr=mar ms=msa=may mt=mlt "
    "my=mya=bur na=nau nb=nob nd=nde ne=nep ng=ndo nl=nld=dut nn=nno no=nor nr=nbl nv=nav ny=nya "
    "oc=oci oj=oji om=orm or=ori os=oss pa=pan pi=pli pl=pol ps=pus pt=por qu=que rm=roh rn=run "
    "ro=ron=rum ru=rus rw=kin sa=san sc=srd sd=snd se=sme sg=sag sh=hbs si=sin sk=slk=slo sl=slv "
    "sm=smo sn=sna so=som sq=sqi=alb sr=srp ss=ssw st=sot su=sun sv=swe sw=swa ta=tam te=tel "
    "tg=tgk th=tha ti=tir tk=tuk tl=tgl tn=tsn to=ton tr=tur ts=tso tt=tat tw=twi ty=tah ug=uig "
    "uk=ukr ur=urd uz=uzb ve=ven vi=vie vo=vol wa=wln wo=wol xh=xho yi=yid yo=yor za=zha "
    "zh=zho=chi zu=zul"
)
# those of ISO 639-3 without two letters that captions are in; most others are words as well
_THREE_LETTERS = (
    "acm aeb afb ajp apc arb ary arz ast awa azb azj ban bcl bem bgc bho cdo ceb chr cjy ckb cmn "
    "crh crs doi dsb ekk fil frp fur gag gan gom gsw hak haw hil hmn hne hsb hsn ilo kaa kab kok "
    "kmr kri lad ltg lij lmo lua luo lus lvs lzh mag mai mfe min mni mos mul nan nap nds nso pap "
    "pcm pes pnb prs quc rom sah sat scn sco shn skr sma smj smn sms tet tpi tum tyv tzm umb uzn "
    "vec vro war wuu yua yue zgh"
)
_SCRIPTS = (
    "Arab Armn Beng Bopo Cans Cher Cyrl Deva Ethi Geor Grek Gujr Guru Hang Hani Hans Hant Hebr "
    "Hira Java Jpan Kana Khmr Knda Kore Laoo Latn Mlym Mong Mtei Mymr Nkoo Olck Orya Sinh Syrc "
    "Taml Telu Tfng Thaa Thai Tibt"
)
# ISO 3166-1, and what is spoken in more than one country (UN M.49)
_REGIONS = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
    "BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
    "EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW "
    "GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY "
    "KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV "
    "MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
    "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG "
    "TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM "
    "ZW 001 150 419"
)
_VARIANTS = (
    "1901 1990 1994 1996 abl1943 ao1990 arevela arevmda colb1945 ekavsk fonipa hepburn ijekavsk "
    "jyutping pinyin scotland tarask valencia wadegile"
)
# names, codes that ISO 639 has withdrawn, and codes of countries and of the service. The registry
# of BCP 47 knows neither chs nor cht, which Windows has for the two ways to write Chinese.
_KNOWN_AS = {
    "zh": "ch cn chinese mandarin ch-ml",
    "zh-Hans": "chs zh-chs",
    "zh-Hant": "cht zh-cht",
    "yue": "cantonese zh-yue",
    "cmn": "zh-cmn",
    "nan": "zh-nan zh-min-nan",
    "en": "english",
    "ja": "jp japanese",
    "ko": "kr korean",
    "fr": "french",
    "de": "german",
    "es": "spanish",
    "pt": "portuguese",
    "it": "italian",
    "ru": "russian",
    "ar": "arabic",
    "th": "thai",
    "vi": "vietnamese",
    "id": "indonesian in",
    "ms": "malay",
    "hi": "hindi",
    "tr": "turkish",
    "nl": "dutch",
    "pl": "polish",
    "uk": "ukrainian",
    "fil": "filipino",
    "he": "hebrew iw",
    "yi": "ji",
    "jv": "jw",
    "ro": "mo",
}
_BY_NAME = {name: tag for tag, names in _KNOWN_AS.items() for name in names.split()}
_LANGUAGES = {code: each[:2] for each in _TWO_LETTERS.split() for code in each.split("=")}
_LANGUAGES |= {code: code for code in _THREE_LETTERS.split()}
_SCRIPT = {script.lower(): script for script in _SCRIPTS.split()}
_REGION = {region.lower(): region for region in _REGIONS.split()}
_VARIANT = frozenset(_VARIANTS.split())
_TAG = re.compile(  # RFC 5646, section 2.1; a singleton announces what it does not define
    r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?((?:-[a-z\d]{4,8})*)"
    r"((?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?)"
)


def language_tag(word: str) -> str | None:
    """Return the BCP 47 tag in its canonical case; None where the word names no language.

    Script, region, variants and extensions are kept; `_` stands for `-`; of two codes for a
    language it is the shorter (RFC 5646, section 2.2.1). A tag with a subtag that is unknown here,
    as of `en-orig`, is no tag: what follows a hyphen in a key may be anything.
    """
    plain = word[: _LONGEST_TAG + 1].strip().lower().replace("_", "-")
    if plain in _BY_NAME:
        return _BY_NAME[plain]
    found = _TAG.fullmatch(plain)
    if found is None or len(plain) > _LONGEST_TAG:
        return None
    language, script, region = _LANGUAGES.get(found[1]), found[2], found[3]
    variants = found[4].split("-")[1:]
    if language is None or not set(variants) <= _VARIANT:
        return None
    if script not in (None, *_SCRIPT) or region not in (None, *_REGION):
        return None
    parts = (language, _SCRIPT.get(script or ""), _REGION.get(region or ""), *variants)
    return "-".join(part for part in parts if part) + found[5]
