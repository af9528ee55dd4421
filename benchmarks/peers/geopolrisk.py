# /// script
# dependencies = ["geopolrisk-py==2.0.1"]
# ///
"""The import and 91 scores of geopolrisk-py: the same 13 entities and 7 years as our row `geopolrisk_91`."""

from __future__ import annotations

import json
import resource
import time

PEER = "geopolrisk-py 2.0.1"
YEARS = list(range(2018, 2025))
NAMES = "Australia;China;Germany;France;United Kingdom;India;Japan;Rep. of Korea;Malaysia;Thailand;USA;Viet Nam"
UNION_NAMES = (
    "Austria;Belgium;Bulgaria;Croatia;Cyprus;Czechia;Denmark;Estonia;Finland;France;Germany;Greece;Hungary;Ireland;"
    "Italy;Latvia;Lithuania;Luxembourg;Malta;Netherlands;Poland;Portugal;Romania;Slovakia;Slovenia;Spain;Sweden"
)


def main() -> None:
    start = time.perf_counter()
    from geopolrisk.assessment.main import gprs_calc

    imported = time.perf_counter() - start
    start = time.perf_counter()
    scores = gprs_calc(YEARS, [*NAMES.split(";"), "EUU"], ["Rare earth"], {"EUU": UNION_NAMES.split(";")})
    scored = time.perf_counter() - start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    note = f"one run; {peak_mb:.0f} MB of memory; {0 if scores is None else len(scores)} scores returned"
    print(json.dumps({"row": "geopolrisk_import", "peer": f"{PEER}, import", "seconds": imported, "note": "one run"}))
    print(json.dumps({"row": "geopolrisk_91", "peer": f"{PEER}, 91 scores", "seconds": scored, "note": note}))


if __name__ == "__main__":
    main()
