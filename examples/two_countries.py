"""Two countries side by side; what is not known says so instead of counting as zero.

Run: python examples/two_countries.py
"""

from gadolin import case, position

places = {code: position.position(case.load(code)) for code in ("MYS", "VNM")}

for key in ("mine", "separation_light", "separation_heavy", "metal", "magnet"):
    for code, where in places.items():
        rung = where.ladder.rung(key)
        running = rung.capacity.get("operating", {})
        amounts = "; ".join(str(q) for q in running.values()) or "no capacity on record"
        print(f"{rung.title:<22}  {code}  {rung.state:<12}  {amounts}")
