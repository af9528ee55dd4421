"""Country codes of the sources, mapped to ISO 3166-1 alpha-3.

UN Comtrade and BACI use M49 numbers with exceptions of their own (842 USA, 757 Switzerland, 699 India, 251 France,
579 Norway, 490 Other Asia, which is Taiwan). Chinese and Japanese customs have their own lists; of these only the codes
read in a source or checked against named partners are here, and an unknown code stays visible as `CODE?`.
"""

from __future__ import annotations

from functools import lru_cache

from gadolin.atlas.read import table

__all__ = ["GACC", "GROUPS", "JAPAN", "country_of", "from_iso2", "from_m49"]

_M49 = (
    "4AFG 8ALB 10ATA 12DZA 16ASM 20AND 24AGO 28ATG 31AZE 32ARG 36AUS 40AUT 44BHS 48BHR 50BGD 51ARM 52BRB 56BEL 60BMU "
    "64BTN 68BOL 70BIH 72BWA 74BVT 76BRA 84BLZ 86IOT 90SLB 92VGB 96BRN 100BGR 104MMR 108BDI 112BLR 116KHM 120CMR "
    "124CAN 132CPV 136CYM 140CAF 144LKA 148TCD 152CHL 156CHN 158TWN 162CXR 166CCK 170COL 174COM 175MYT 178COG 180COD "
    "184COK 188CRI 191HRV 192CUB 196CYP 203CZE 204BEN 208DNK 212DMA 214DOM 218ECU 222SLV 226GNQ 231ETH 232ERI 233EST "
    "234FRO 238FLK 239SGS 242FJI 246FIN 248ALA 250FRA 254GUF 258PYF 260ATF 262DJI 266GAB 268GEO 270GMB 275PSE 276DEU "
    "288GHA 292GIB 296KIR 300GRC 304GRL 308GRD 312GLP 316GUM 320GTM 324GIN 328GUY 332HTI 334HMD 336VAT 340HND 344HKG "
    "348HUN 352ISL 356IND 360IDN 364IRN 368IRQ 372IRL 376ISR 380ITA 384CIV 388JAM 392JPN 398KAZ 400JOR 404KEN 408PRK "
    "410KOR 414KWT 417KGZ 418LAO 422LBN 426LSO 428LVA 430LBR 434LBY 438LIE 440LTU 442LUX 446MAC 450MDG 454MWI 458MYS "
    "462MDV 466MLI 470MLT 474MTQ 478MRT 480MUS 484MEX 492MCO 496MNG 498MDA 499MNE 500MSR 504MAR 508MOZ 512OMN 516NAM "
    "520NRU 524NPL 528NLD 531CUW 533ABW 534SXM 535BES 540NCL 548VUT 554NZL 558NIC 562NER 566NGA 570NIU 574NFK 578NOR "
    "580MNP 581UMI 583FSM 584MHL 585PLW 586PAK 591PAN 598PNG 600PRY 604PER 608PHL 612PCN 616POL 620PRT 624GNB 626TLS "
    "630PRI 634QAT 638REU 642ROU 643RUS 646RWA 652BLM 654SHN 659KNA 660AIA 662LCA 663MAF 666SPM 670VCT 674SMR 678STP "
    "682SAU 686SEN 688SRB 690SYC 694SLE 702SGP 703SVK 704VNM 705SVN 706SOM 710ZAF 716ZWE 724ESP 728SSD 729SDN 732ESH "
    "740SUR 744SJM 748SWZ 752SWE 756CHE 760SYR 762TJK 764THA 768TGO 772TKL 776TON 780TTO 784ARE 788TUN 792TUR 795TKM "
    "796TCA 798TUV 800UGA 804UKR 807MKD 818EGY 826GBR 831GGY 832JEY 833IMN 834TZA 840USA 850VIR 854BFA 858URY 860UZB "
    "862VEN 876WLF 882WSM 887YEM 894ZMB"
)
M49 = {int(entry[:-3]): entry[-3:] for entry in _M49.split()}
COMTRADE_OWN = {842: "USA", 757: "CHE", 699: "IND", 251: "FRA", 579: "NOR", 490: "TWN", 711: "ZAF"}
WORLD, AREAS_NES = 0, 899

GACC = {
    "106": "MMR",
    "112": "IDN",
    "116": "JPN",
    "122": "MYS",
    "133": "KOR",
    "136": "THA",
    "141": "VNM",
    "142": "CHN",
    "502": "USA",
}
GACC_NAMES = {
    "缅甸": "MMR",
    "印度尼西亚": "IDN",
    "日本": "JPN",
    "马来西亚": "MYS",
    "韩国": "KOR",
    "泰国": "THA",
    "越南": "VNM",
    "中国": "CHN",
    "美国": "USA",
    "老挝": "LAO",
    "澳大利亚": "AUS",
    "印度": "IND",
    "德国": "DEU",
    "法国": "FRA",
    "爱沙尼亚": "EST",
    "俄罗斯": "RUS",
    "中国台湾": "TWN",
    "台湾省": "TWN",
    "菲律宾": "PHL",
    "新加坡": "SGP",
    "中国香港": "HKG",
    "马达加斯加": "MDG",
    "布隆迪": "BDI",
    "哈萨克斯坦": "KAZ",
    "英国": "GBR",
    "加拿大": "CAN",
    "巴西": "BRA",
}
JAPAN = {"105": "CHN", "106": "TWN", "103": "KOR", "110": "VNM", "111": "THA", "113": "MYS"}

GROUPS = frozenset(("WORLD", "EXT_EU27_2020", "INT_EU27_2020", "EU27_2020", "EA20", "EA19"))


def from_m49(code: str | int) -> str:
    """ISO3 of a Comtrade or BACI number; the number with a question mark when it is unknown.

    >>> from_m49(458), from_m49("490"), from_m49(251), from_m49(4711)
    ('MYS', 'TWN', 'FRA', '4711?')
    """
    number = int(float(code))
    return COMTRADE_OWN.get(number) or M49.get(number) or f"{number}?"


@lru_cache(maxsize=1)
def _iso2() -> dict[str, str]:
    countries = table("countries")
    known = {str(row.iso2): str(row.Index) for row in countries.itertuples() if isinstance(row.iso2, str) and row.iso2}
    return known | {"EL": "GRC", "UK": "GBR", "XS": "SRB"}  # Eurostat's own


def from_iso2(code: str) -> str:
    """ISO3 of a two-letter code; three letters and unknown codes are given back as they are.

    >>> from_iso2("MY"), from_iso2("EL"), from_iso2("CHN")
    ('MYS', 'GRC', 'CHN')
    """
    text = code.strip().upper()
    return _iso2().get(text, text)


_OTHER_NAMES = {
    "USA": "united states of america; amerika syarikat; us of america; الولايات المتحدة",
    "CHN": "people's republic of china; pr china; tiongkok; republik rakyat china; الصين",
    "JPN": "jepun; اليابان",
    "KOR": "korea; republic of korea; korea selatan; korea, republic of",
    "PRK": "korea utara",
    "VNM": "viet nam; socialist republic of vietnam",
    "GBR": "great britain; england; britain",
    "DEU": "jerman",
    "FRA": "perancis",
    "NLD": "belanda; holland; the netherlands",
    "SGP": "singapura",
    "RUS": "russian federation; rusia",
    "MMR": "burma",
    "LAO": "lao pdr",
    "TWN": "chinese taipei; taiwan, province of china",
    "IND": "hindustan",
    "TUR": "turkey; türkiye",
    "CZE": "czech republic",
    "ISR": "إسرائيل",
    "MYS": "ماليزيا",
    "EUU": "eu; european union",
}


@lru_cache(maxsize=1)
def _country_names() -> dict[str, str]:
    known = {_plain(str(row.name)): str(row.Index) for row in table("countries").itertuples()}
    return known | {_plain(name): iso3 for iso3, names in _OTHER_NAMES.items() for name in names.split(";")}


def _plain(name: str) -> str:
    return " ".join(name.replace(".", "").lower().split())


@lru_cache(maxsize=2_000)
def country_of(text: str) -> str | None:
    """ISO3 of a country given by two or three letters or by its English or Malay name; None when it is none of these.

    >>> country_of("MY"), country_of("Amerika Syarikat"), country_of("israel"), country_of("Atlantis")
    ('MYS', 'USA', 'ISR', None)
    """
    code = from_iso2(text)
    return code if code in table("countries").index else _country_names().get(_plain(text))
