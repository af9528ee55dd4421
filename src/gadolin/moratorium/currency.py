"""Currencies of declared values: what counts as one, and under which code.

Codes are those of ISO 4217 in use, with the few that were replaced since 2014. Anything else in the place of a currency
(a country, a unit, a number) is asked for: columns that changed places show there first.
"""

from __future__ import annotations

__all__ = ["currency_of"]

_CODES = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG
    HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LYD MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
    RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
    UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL
"""
_ISO_4217 = frozenset(_CODES.split())
_ALSO_WRITTEN = {
    "RM": "MYR",
    "RINGGIT": "MYR",
    "RMB": "CNY",
    "CNH": "CNY",
    "YUAN": "CNY",
    "人民币": "CNY",
    "US$": "USD",
    "$US": "USD",
    "US DOLLAR": "USD",
    "US DOLLARS": "USD",
    "美元": "USD",
    "EURO": "EUR",
    "€": "EUR",
    "£": "GBP",
    "RP": "IDR",
    "RUPIAH": "IDR",
    "S$": "SGD",
    "BAHT": "THB",
    "YEN": "JPY",
}


def currency_of(text: str) -> str | None:
    """ISO 4217 code of a currency as typed; None when it is none. A lone `$` or `¥` is of several countries.

    >>> currency_of("rm"), currency_of("usd"), currency_of("KGM"), currency_of("$")
    ('MYR', 'USD', None, None)
    """
    plain = " ".join(text.upper().rstrip(".").split())
    return plain if plain in _ISO_4217 else _ALSO_WRITTEN.get(plain)
