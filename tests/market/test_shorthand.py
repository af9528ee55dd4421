"""The short text form: what it means, and what it says when it is wrong."""

import pytest

from gadolin.errors import InputError
from gadolin.market import shorthand
from gadolin.market.instruments import Instrument
from gadolin.market.plant_measures import Loss
from gadolin.market.textbook import quota_over_elements

FORMS = [
    f"{kind} CHN oxide,metal Dy,Tb {numbers.split(' or ')[0]} to JPN from 2027"
    for kind, numbers in shorthand.KINDS.items()
    if kind not in ("loss", "techban", "subsidy", "moratorium")
]


@pytest.mark.parametrize("text", FORMS)
def test_a_measure_reads_its_own_words(text):
    """What a measure prints is read back as the same measure."""
    measure = shorthand.parse(text)
    assert isinstance(measure, Instrument)
    assert shorthand.parse(str(measure)) == measure


def test_the_shock_of_the_readme():
    ban = shorthand.parse("ban CHN oxide Dy,Tb to USA,JPN from 2027 for 12 months")
    assert (ban.actor, ban.elements, ban.targets, ban.end) == ("CHN", ("Dy", "Tb"), ("USA", "JPN"), "2027-12-31")
    assert [ban.share_of_year(y) for y in (2026, 2027, 2028)] == [0.0, 1.0, 0.0]


def test_a_heading_may_be_told_as_such():
    assert shorthand.parse("ban CHN HS 850511 from 2027") == shorthand.parse("ban CHN 850511 from 2027")


def test_stages_belong_to_losses():
    loss = shorthand.parse("loss CHN separation 40% from 2027-07")
    assert isinstance(loss, Loss)
    assert (loss.stage, loss.depth_share, loss.share_of_year(2027)) == ("separation", 0.4, 0.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ban CHN oxide dy", 'did you mean "Dy"?'),
        ("ban CHN oxide dysprosium", 'did you mean "Dy"?'),
        ("ban CHN oxide Neodymiun", 'did you mean "Nd"?'),
        ("ban CHN oxyde Dy", 'did you mean "oxide"?'),
        ("bann CHN oxide", 'did you mean "ban"?'),
        ("quota CHN oxide from 2027", "needs its number, for example 20000 t"),
        ("ban CHN oxide Dy for 12 months", 'needs "from DATE" before "for"'),
        ("ban CHN oxide Sc", "no rare earth of the balance"),
        ("duty CHN 5 EUR/kg", "write t, kt, % or USD/kg"),
        ("ban CHN from 2027-13", "is no date"),
        ("moratorium MYS delay 2 months", "does not take delay"),
        ("ban CHN oxide 150%", "must lie in 0 to 1"),
        ("ban CHN oxide Dy to", 'needs a value after "to"'),
        ("ban CHN separation from 2027", "takes goods, not a stage"),
        ("ban CHN oxide 50% 20%", "is a second percentage"),
        ("ban CHN oxide Dy from 9999", "must lie in 1990 to 2060"),
        ("ban CHN oxide Dy from 2027 for 10000 months", "must end by 2060"),
        ("ban CHN oxide Dy from 2027 for 0 months", "at least one month"),
        ("duty CHN oxide 1e400%", "finite number"),
        ("duty CHN oxide -20%", "must not be negative"),
        ("quota CHN oxide -5 t", "must not be negative"),
        ("licence CHN oxide Dy refusal 0.3 50%", "does not take a percentage"),
        ("release JPN oxide Dy 5 USD/kg", "does not take a price"),
        ("ban CHN oxide Dy 5 t", "does not take a tonnage"),
        ("techban CHN separation 24 months", 'write "delay 24 months"'),
    ],
)
def test_errors_say_what_to_write(text, words):
    with pytest.raises(InputError) as caught:
        shorthand.parse(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("loose", "tight"),
    [
        ("duty CHN oxide 25 % to USA", "duty CHN oxide 25% to USA"),
        ("licence CHN oxide Dy refusal 30% ramp 6 months", "licence CHN oxide Dy refusal 0.3 ramp 6 months"),
        ("quota CHN oxide Dy 0.1 kt", "quota CHN oxide Dy 100 t"),
    ],
)
def test_amounts_may_be_written_as_people_write_them(loose, tight):
    assert shorthand.parse(loose) == shorthand.parse(tight)


def test_a_shipped_shock_takes_dates_of_its_own():
    """One definition serves the stress test and the futures of strategies; only its dates differ."""
    shipped, later = shorthand.named("pause-ends"), shorthand.named("pause-ends from 2028 for 24 months")
    assert [(m.start, m.end) for m in later] == [("2028-01-01", "2029-12-31")] * len(shipped)
    assert [str(m).split(" from ")[0] for m in later] == [str(m).split(" from ")[0] for m in shipped]
    with pytest.raises(InputError, match="takes only dates"):
        shorthand.named("pause-ends CHN")
    with pytest.raises(InputError, match='did you mean "pause-ends"'):
        shorthand.named("pause-end")


def test_strategies_use_the_shipped_shock():
    from gadolin import case
    from gadolin.strategy.futures import draw

    shocks = {str(m) for f in draw(case.load("malaysia"), 16, 1) for m in f.shocks}
    assert any(s.startswith("licence CHN oxide,metal,alloy Eu,Ho,Er,Tm,Yb refusal 0.2") for s in shocks)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ban CNH oxide Dy", 'did you mean "CHN"?'),
        ("ban ABR oxide", "it exports nothing"),
        ("ban CHN oxide Lu", "CHN exports no oxide Lu in 2024"),
    ],
)
def test_a_measure_without_sense_in_the_world_is_refused(text, words):
    with pytest.raises(InputError) as caught:
        shorthand.parse(text).check(quota_over_elements())
    assert words in str(caught.value)


@pytest.fixture(scope="module")
def world():
    from gadolin import case

    return case.load("malaysia").inputs.world_of()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "loss BRA magnet",
            "BRA makes no good at stage magnet in 2024, so the measure changes nothing; it makes mixed_",
        ),
        ("floor MMR oxide 10 USD/kg", "MMR makes no oxide in 2024, so the measure changes nothing; it makes mixed_"),
        ("offtake AUS oxide 65% to JPN", "AUS makes no oxide in 2024, so the measure changes nothing; it makes"),
        ("offtake CHN mixed_carbonate 65% to JPN", "can go from CHN to JPN, so the measure changes nothing"),
        ("release MMR oxide Dy 10 t", "MMR has no oxide Dy to sell, so the measure changes nothing"),
        ("ban CHN oxide to CHN", "CHN acts on itself"),
        ("ban CHN oxide to KAZ", "part of RST, so write RST"),
        ("ban CHN oxide to TWN", "part of RST, so write RST"),
        ("ban DEU oxide", "part of EUU, so write EUU"),
        ("ban LAO mixed_carbonate", "part of MMR, so write MMR"),
        ("ban JPM oxide", 'did you mean "JPN"?'),
    ],
)
def test_what_would_change_nothing_is_refused_with_what_would(world, text, words):
    with pytest.raises(InputError) as caught:
        shorthand.parse(text).check(world)
    assert words in str(caught.value)


def test_a_flow_that_is_none_cannot_be_stopped(world):
    flowing = {(r.good, r.origin, r.destination) for r in world.routes if r.base_kt}
    good, origin = next((g, o) for g, o, _ in sorted(flowing) if g.startswith("oxide:"))
    there = next(d for d in world.regions if d != origin and (good, origin, d) not in flowing)
    text = f"ban {origin} oxide {good.partition(':')[2]} to {there}"
    with pytest.raises(InputError, match=f"to {there} in 2024, so the measure changes nothing; it does to "):
        shorthand.parse(text).check(world)


@pytest.mark.parametrize(
    "text",
    ["loss CHN separation", "floor USA magnet 110 USD/kg", "offtake MYS oxide 65% to JPN", "release JPN oxide Dy 10 t"],
)
def test_what_changes_something_passes(world, text):
    shorthand.parse(text).check(world)


@pytest.mark.parametrize("text", ["duty CHN oxide 25% 5 USD/kg", "duty CHN oxide 5 USD/kg 25%", "quota CHN 5 t 6 t"])
def test_a_second_amount_is_refused_and_not_dropped(text):
    with pytest.raises(InputError, match="second"):
        shorthand.parse_all(text)


def test_a_technology_ban_needs_its_delay():
    with pytest.raises(InputError, match="needs its number"):
        shorthand.parse_all("techban CHN separation from 2026")
