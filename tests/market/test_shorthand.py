"""The short text form: what it means, and what it says when it is wrong."""

import pytest

from gadolin.errors import InputError
from gadolin.market import shorthand
from gadolin.market.instruments import Instrument
from gadolin.market.measures import Loss
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


def test_stages_belong_to_losses():
    loss = shorthand.parse("loss CHN separation 40% from 2027-07")
    assert isinstance(loss, Loss)
    assert (loss.stage, loss.depth_share, loss.share_of_year(2027)) == ("separation", 0.4, 0.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ban CHN oxide dy", 'did you mean "Dy"?'),
        ("ban CHN oxyde Dy", 'did you mean "oxide"?'),
        ("bann CHN oxide", 'did you mean "ban"?'),
        ("quota CHN oxide from 2027", "needs its number, for example 20000 t"),
        ("ban CHN oxide Dy for 12 months", 'needs "from DATE" before "for"'),
        ("ban CHN oxide Sc", "no rare earth of the balance"),
        ("duty CHN 5 EUR/kg", "write t, % or USD/kg"),
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
    ],
)
def test_errors_say_what_to_write(text, words):
    with pytest.raises(InputError) as caught:
        shorthand.parse(text)
    assert words in str(caught.value)


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
