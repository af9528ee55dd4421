"""The ledger: exact, never overdrawn, a message counts once, and a changed byte is found."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.cli.main import main
from gadolin.errors import InputError
from gadolin.moratorium.permits import PermitLedger
from gadolin.moratorium.terms import Permit

PERMIT = Permit("P-1", "pilot_approval", "Exporter A", Decimal("3.0"), "net_as_received")


@pytest.fixture
def ledger(tmp_path):
    with PermitLedger(tmp_path / "permits.sqlite") as book:
        book.grant(PERMIT, "g-1")
        yield book


def test_thirty_tenths_fill_three_tonnes(ledger):
    for i in range(30):
        assert ledger.draw("P-1", "0.1", f"m-{i}").accepted
    refused = ledger.draw("P-1", "0.001", "m-30", "R-31")
    assert not refused.accepted
    assert refused.why == "0.0 t left, 0.001 t asked for"
    assert [e.kind for e in ledger.entries()].count("refuse") == 1
    assert ledger.left_t("P-1") == 0
    assert ledger.verify().ok


def test_a_message_counts_once(ledger):
    first, second = ledger.draw("P-1", "1", "m-1", "D-1"), ledger.draw("P-1", "1.0", "m-1", "D-1")
    assert (first.repeated, second.repeated) == (False, True)
    assert first.entry == second.entry
    assert ledger.left_t("P-1") == 2
    with pytest.raises(InputError, match="says something else"):
        ledger.draw("P-1", "2", "m-1", "D-1")


def test_a_refusal_repeated_stays_a_refusal(ledger):
    assert not ledger.draw("P-1", "4", "m-1").accepted
    again = ledger.draw("P-1", "4", "m-1")
    assert not again.accepted
    assert again.repeated


def test_reserve_commit_release(ledger):
    ledger.reserve("P-1", "2", "r-1", "D-1")
    assert ledger.left_t("P-1") == 1
    assert not ledger.reserve("P-1", "1.5", "r-2").accepted
    ledger.commit("r-1", "c-1", "1.5")
    ledger.release("r-1", "x-1")
    assert ledger.left_t("P-1") == Decimal("1.5")
    assert ledger.release("r-1", "x-1").repeated
    with pytest.raises(InputError, match=r"0\.0 t of r-1 are open"):
        ledger.commit("r-1", "c-2", "0.1")
    assert ledger.verify().ok


@pytest.mark.parametrize("wrong", [0.1, "0", "-1", "NaN", "one"])
def test_only_exact_tonnes_above_zero(ledger, wrong):
    with pytest.raises(InputError, match="must be a decimal number above 0"):
        ledger.draw("P-1", wrong, "m-1")


def test_terms_come_back_exactly(ledger):
    assert ledger.terms("P-1") == PERMIT
    assert ledger.terms("P-2") is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["draw", "reserve", "commit", "release"]), st.integers(1, 900), st.integers(0, 9)),
        max_size=25,
    )
)
def test_no_sequence_overdraws(tmp_path_factory, events):
    """Against a plain twin: what is reserved and committed never exceeds what was granted."""
    with PermitLedger(tmp_path_factory.mktemp("l") / "p.sqlite") as book:
        book.grant(PERMIT, "g")
        open_t, out_t, reservations = {}, Decimal(0), []
        for i, (kind, grams, which) in enumerate(events):
            amount = Decimal(grams) / 1000
            left = Decimal("3.0") - out_t - sum(open_t.values())
            if kind in ("draw", "reserve"):
                receipt = getattr(book, kind)("P-1", amount, f"m{i}")
                assert receipt.accepted == (amount <= left)
                if receipt.accepted and kind == "draw":
                    out_t += amount
                elif receipt.accepted:
                    open_t[f"m{i}"] = amount
                    reservations.append(f"m{i}")
            elif reservations:
                name = reservations[which % len(reservations)]
                if amount > open_t[name]:
                    with pytest.raises(InputError):
                        getattr(book, kind)(name, f"m{i}", amount)
                    continue
                getattr(book, kind)(name, f"m{i}", amount)
                open_t[name] -= amount
                out_t += amount if kind == "commit" else 0
        assert book.left_t("P-1") == Decimal("3.0") - out_t - sum(open_t.values())
        assert book.verify().ok


WRITER = """
import sys
from gadolin.moratorium.permits import PermitLedger
path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
book = PermitLedger(path)
for i in range(count):
    book.draw("P-1", "0.01", f"{name}-{i}")
    print(i, flush=True)
"""


def writer(path, name, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_eight_writers_never_overdraw_and_lose_nothing(ledger):
    """8 x 50 times 0.01 t are 4 t against 3 t: 300 booked, 100 refused, every one of them in the chain."""
    processes = [writer(ledger.path, f"w{i}", 50) for i in range(8)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    kinds = [e.kind for e in ledger.entries()]
    assert (kinds.count("draw"), kinds.count("refuse")) == (300, 100)
    assert ledger.left_t("P-1") == 0
    assert ledger.verify().ok


def test_killed_in_the_middle_nothing_confirmed_is_lost(ledger):
    process = writer(ledger.path, "w", 100_000)
    assert process.stdout is not None
    confirmed = [int(process.stdout.readline()) for _ in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    confirmed += [int(line) for line in process.communicate()[0].split()]
    time.sleep(0.05)
    with PermitLedger(ledger.path) as book:
        found = {e.message_id for e in book.entries()}
        assert {f"w-{i}" for i in confirmed if i < 300} <= found
        assert book.verify().ok


def test_one_changed_byte_is_found_and_located(ledger):
    for i in range(20):
        ledger.draw("P-1", "0.1", f"message-{i:03}", f"declaration-{i:03}")
    ledger._db.execute("pragma wal_checkpoint(truncate)")
    ledger.close()
    data = bytearray(ledger.path.read_bytes())
    place = data.index(b"declaration-007")
    data[place + 14] ^= 1
    ledger.path.write_bytes(bytes(data))
    found = PermitLedger(ledger.path).verify()
    assert not found.ok
    assert found.bad_seq == 9  # the grant, then declarations 000 to 007
    assert found.why == "its content was changed"


def test_a_replaced_file_is_noticed_by_the_head_kept_elsewhere(ledger, tmp_path):
    ledger.draw("P-1", "1", "m-1")
    head = ledger.head
    with PermitLedger(tmp_path / "other.sqlite") as other:
        other.grant(PERMIT, "g-1")
        assert other.verify().ok
        assert not other.verify(head).ok
    assert ledger.verify(head).ok


def test_entries_cannot_be_changed_or_deleted(ledger):
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        ledger._db.execute("update entries set tonnes = '9'")
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        ledger._db.execute("delete from entries")


FOREIGN = {
    "empty": None,
    "no tables": "pragma user_version = 3",
    "another database": "create table orders (id integer)",
    "entries of another kind": "create table entries (seq integer, text text)",
    "a ledger without its balances": "drop table balances",
}


@pytest.mark.parametrize("command", ["verify", "show", "entries", "draw"])
@pytest.mark.parametrize("kind", FOREIGN)
def test_a_file_that_is_no_ledger_is_not_taken_for_one(tmp_path, kind, command, capsys):
    file = tmp_path / "book.sqlite"
    if kind.startswith("a ledger"):
        PermitLedger(file).close()
    file.touch()
    if sql := FOREIGN[kind]:
        with contextlib.closing(sqlite3.connect(file)) as db:
            db.execute(sql)
    before = file.read_bytes()
    asked = ["P-1", "1", "--message", "m"] if command == "draw" else []
    with pytest.raises(SystemExit) as ended:
        main(["moratorium", "permits", command, str(file), *asked])
    assert (ended.value.code, "is no permit ledger" in capsys.readouterr().err) == (2, True)
    assert file.read_bytes() == before
    with pytest.raises(InputError, match="is no permit ledger"):
        PermitLedger(file, existing=True)


def test_an_empty_file_becomes_a_ledger_when_a_permit_is_granted(tmp_path):
    file = tmp_path / "book.sqlite"
    file.touch()
    with PermitLedger(file) as made:
        made.grant(PERMIT, "g-1")
    with PermitLedger(file, existing=True) as again:
        assert str(again.verify()).startswith("chain of 1 entries holds")


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("update settings set value = 'B'", "who runs the pilot"),
        ("update balances set reserved = '0', committed = '1'", "balance of P-1"),
    ],
)
def test_a_changed_side_table_is_found(tmp_path, sql, why):
    with PermitLedger(tmp_path / "book.sqlite") as ledger:
        ledger.grant(PERMIT, "g-1")
        ledger.name_pilot("A", "p-1")
        ledger.reserve("P-1", "1", "m-1")
        assert ledger.verify().ok
        ledger._db.execute(sql)
        assert why in ledger.verify().why


def test_a_changed_balance_is_found(ledger):
    ledger.draw("P-1", "1", "m-1")
    ledger._db.execute("update balances set committed = '0'")
    assert "balance of P-1" in ledger.verify().why


def test_no_ledger_is_said_so(tmp_path):
    file = tmp_path / "x.sqlite"
    file.write_text("this is a letter, not a database, and long enough to be one" * 20)
    with pytest.raises(InputError, match="is no permit ledger"):
        PermitLedger(file)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"basis": "element:Zz"}, "must be one of"),
        ({"hs6": "28"}, "six digits"),
        ({"valid_from": "2026-05-01", "valid_to": "2026-01-01"}, "ends before it begins"),
    ],
)
def test_terms_that_cannot_be_met_are_refused(changes, said):
    with pytest.raises(InputError, match=said):
        Permit.from_dict("P", {"kind": "pilot_approval", "holder": "A", "limit": "3", "basis": "reo"} | changes)
