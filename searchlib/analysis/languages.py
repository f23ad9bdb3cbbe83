"""Languages: which there are, and what a language tag means.

See BCP 47 (RFC 5646) for tags, ISO 639 for codes.
"""

from __future__ import annotations

import re

from searchlib.analysis.snowball import SNOWBALL

__all__ = ["CODES", "LANGUAGES", "known_tag", "language_of"]

#: Languages with a stemmer: ISO 639-1 code -> name of the Snowball algorithm.
LANGUAGES = SNOWBALL

_CODE_LIST = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz
    ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln
    lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi
    pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti
    tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
#: The codes of languages: ISO 639-1.
CODES = frozenset(_CODE_LIST.split())
# Other codes of a language: withdrawn ones, those of ISO 639-2 and 639-3, and the written
# varieties that one stemmer serves. Croatian, Bosnian and Montenegrin have the endings of Serbian,
# and its stemmer reads both scripts and both pronunciations (ekavian and ijekavian).
_SAME_LIST = """
    iw=he in=id ji=yi jw=jv mo=ro nb=no nn=no sh=sr hr=sr bs=sr cnr=sr
    nob=no nno=no nor=no srp=sr hrv=sr bos=sr hbs=sr scr=sr scc=sr
    afr=af sqi=sq alb=sq amh=am ara=ar arb=ar arz=ar ary=ar apc=ar hye=hy arm=hy hyw=hy asm=as
    aze=az azj=az eus=eu baq=eu bel=be ben=bn bul=bg mya=my bur=my cat=ca zho=zh chi=zh cmn=zh
    yue=zh hak=zh nan=zh wuu=zh ces=cs cze=cs cym=cy wel=cy dan=da nld=nl dut=nl vls=nl eng=en
    epo=eo est=et ekk=et fao=fo fas=fa per=fa pes=fa prs=fa fin=fi fra=fr fre=fr frc=fr fry=fy
    gle=ga gla=gd glg=gl kat=ka geo=ka deu=de ger=de ell=el gre=el guj=gu hau=ha heb=he hin=hi
    hun=hu isl=is ice=is ibo=ig ind=id ita=it jpn=ja jav=jv kan=kn kaz=kk khm=km kin=rw kir=ky
    kor=ko kur=ku kmr=ku ckb=ku lao=lo lat=la lav=lv lvs=lv lit=lt ltz=lb mkd=mk mac=mk mlg=mg
    msa=ms may=ms zsm=ms mal=ml mlt=mt mar=mr mon=mn khk=mn nep=ne npi=ne ori=or ory=or pan=pa
    pus=ps pbt=ps pol=pl por=pt que=qu ron=ro rum=ro rus=ru san=sa slk=sk slo=sk slv=sl sin=si
    snd=sd som=so spa=es swa=sw swh=sw swe=sv tam=ta tel=te tgk=tg tgl=tl fil=tl tha=th tir=ti
    bod=bo tib=bo tuk=tk tur=tr uig=ug ukr=uk urd=ur uzb=uz uzn=uz vie=vi xho=xh yid=yi ydd=yi
    yor=yo zul=zu
"""
_SAME = dict(pair.split("=") for pair in _SAME_LIST.split())
# What says that there is no language, or no single one.
_NONE = frozenset({"und", "mul", "mis", "zxx", "art"})
_NAMES = {name: code for code, name in SNOWBALL.items()}


def language_of(tag: str) -> str:
    """The language of a BCP 47 tag as this package names it; "" for tags that it does not know.

    That is the two-letter code, also of three-letter codes, withdrawn codes, and tags with a
    script or region. The English names of languages with a stemmer are read, too. Languages
    without a stemmer keep their code: :func:`known_tag` tells them from unknown ones.

    >>> language_of("pt-BR"), language_of("zh_Hans"), language_of("nb"), language_of("iw")
    ('pt', 'zh', 'no', 'he')
    >>> language_of("vi"), language_of("und"), language_of("klingon")
    ('vi', '', '')
    """
    primary = re.split("[-_@.]", tag.strip().lower())[0]
    code = _SAME.get(primary) or _NAMES.get(primary, primary)
    return code if code in CODES else ""


def known_tag(tag: str) -> bool:
    """Whether a tag is known: it names a language, says that there is none ("und"), or is empty.

    >>> known_tag("vi"), known_tag("und"), known_tag(""), known_tag("klingon")
    (True, True, True, False)
    """
    return bool(language_of(tag)) or tag.strip().lower() in _NONE | {""}
