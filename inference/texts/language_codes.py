"""Language codes: which two letters of ISO 639-1 stand for a language."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# The terminology codes of ISO 639-2 and the two letters of ISO 639-1.
_TERMINOLOGY = """
aar aa abk ab afr af aka ak amh am ara ar arg an asm as ava av ave ae aym ay aze az
bak ba bam bm bel be ben bn bis bi bod bo bos bs bre br bul bg cat ca ces cs cha ch
che ce chu cu chv cv cor kw cos co cre cr cym cy dan da deu de div dv dzo dz ell el
eng en epo eo est et eus eu ewe ee fao fo fas fa fij fj fin fi fra fr fry fy ful ff
gla gd gle ga glg gl glv gv grn gn guj gu hat ht hau ha hbs sh heb he her hz hin hi
hmo ho hrv hr hun hu hye hy ibo ig ido io iii ii iku iu ile ie ina ia ind id ipk ik
isl is ita it jav jv jpn ja kal kl kan kn kas ks kat ka kau kr kaz kk khm km kik ki
kin rw kir ky kom kv kon kg kor ko kua kj kur ku lao lo lat la lav lv lim li lin ln
lit lt ltz lb lub lu lug lg mah mh mal ml mar mr mkd mk mlg mg mlt mt mon mn mri mi
msa ms mya my nau na nav nv nbl nr nde nd ndo ng nep ne nld nl nno nn nob nb nor no
nya ny oci oc oji oj ori or orm om oss os pan pa pli pi pol pl por pt pus ps que qu
roh rm ron ro run rn rus ru sag sg san sa sin si slk sk slv sl sme se smo sm sna sn
snd sd som so sot st spa es sqi sq srd sc srp sr ssw ss sun su swa sw swe sv tah ty
tam ta tat tt tel te tgk tg tgl tl tha th tir ti ton to tsn tn tso ts tuk tk tur tr
twi tw uig ug ukr uk urd ur uzb uz ven ve vie vi vol vo wln wa wol wo xho xh yid yi
yor yo zha za zho zh zul zu
"""
# Bibliographic codes of ISO 639-2, codes that were withdrawn, and the individual
# language of ISO 639-3 that is mostly meant by a macrolanguage of the table above.
_ALIASES = """
alb sq arm hy baq eu bur my chi zh cze cs dut nl fre fr geo ka ger de gre el ice is
mac mk mao mi may ms per fa rum ro scr hr scc sr slo sk tib bo wel cy
in id iw he ji yi jw jv mo ro
arb ar cmn zh ekk et fil tl lvs lv npi ne ory or pes fa swh sw zsm ms
"""
# Text in Norwegian is told apart too rarely for a code for each way of writing it.
_NORWEGIAN = "nb no nob no nn no nno no"


def _pairs(table: str) -> dict[str, str]:
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_TWO_LETTERS: Final = frozenset(_pairs(_TERMINOLOGY).values())
_TWO_LETTERS_OF: Final[Mapping[str, str]] = MappingProxyType(
    _pairs(_TERMINOLOGY) | _pairs(_ALIASES) | _pairs(_NORWEGIAN)
)
# Several languages, none at all, no code for it, not known.
_NO_LANGUAGE: Final = frozenset({"mul", "zxx", "mis", "und"})
_THREE_LETTERS: Final = 3


def language_code(tag: str) -> str | None:
    """The language that a catalog's language code names.

    Args:
        tag: A code such as `en`, `eng`, `pt-BR` or `zh_Hant_TW`; case is ignored.

    Returns:
        The primary subtag in lower case: two letters where ISO 639-1 has them for it
        (`eng` is `en`, `fre` is `fr`, `iw` is `he`, both ways of writing Norwegian
        are `no`), else its three (`gsw`). `None` where the code names no language:
        empty, `und`, `mul`, `zxx`, or no code at all, such as `english`.
    """
    primary = tag.strip().casefold().replace("_", "-").split("-")[0]
    code = _TWO_LETTERS_OF.get(primary, primary)
    if code in _TWO_LETTERS:
        return code
    is_code = len(code) == _THREE_LETTERS and code.isascii() and code.isalpha()
    return code if is_code and code not in _NO_LANGUAGE else None
