"""The server of the page: who may ask, what is refused, and which wish comes first."""

import http.client
import json
import socket
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import numpy as np
import pytest

from abm import effects_table, load_scenario, simulate
from abm.scenario.text import ScenarioError
from analysis.explore import wishes
from analysis.explore.facts import own_wish
from analysis.explore.proper_run import AlreadyRunningError, ProperRun
from analysis.explore.server import LARGEST_REQUEST, LOOPBACK, PageServer, Served
from analysis.explore.wishes import BadWishError, FreshRuns, scenario_for, to_run

PAGE = b"<!DOCTYPE html><title>page</title>"
WISH = {"page": "one", "policy": 0}


class Fresh:
    """Answers at once what it was asked."""

    def told(self, page, number, wish):
        if wish == "worse":
            raise OSError("the disk is full")
        if wish == "bad":
            raise ScenarioError(["reach: is 7; must be a share"])
        return {"page": page, "policy": number}


@contextmanager
def serving(tmp_path, **changes):
    proper = ProperRun(["false"], tmp_path)
    server = PageServer(Served(PAGE, Fresh(), proper, lambda number, wish: None), **changes)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server, thread
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path) as (found, _):
        yield found


def ask(server, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(LOOPBACK, server.server_port, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def place(server, name=""):
    return f"/{server.served.token}/{name}"


def post(server, wish, **headers):
    given = {"Content-Type": "application/json", **headers}
    return ask(server, "POST", place(server, "ask"), json.dumps(wish), given)


def test_who_knows_the_token_gets_the_page(server):
    status, headers, body = ask(server, "GET", place(server))
    assert (status, body) == (200, PAGE)
    assert headers["Referrer-Policy"] == "no-referrer" and headers["X-Frame-Options"] == "DENY"
    assert "Access-Control-Allow-Origin" not in headers
    assert server.address == f"http://{LOOPBACK}:{server.server_port}{place(server)}"
    assert len(server.served.token) >= 32


def test_it_listens_on_the_loopback_address_alone(server):
    assert server.socket.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "path",
    ["/", "/wrong/", "", "//", "/wrong/ask", "/{token}", "/{token}/../", "/{token}/x",
     "/{token}/run/../report", "/{token}/%2e%2e/etc/passwd", "/{token}/../../etc/passwd",
     "x", "*", "{token}", "/x/{token}/", "/{token}/report",
     "http://127.0.0.1/{token}/", "/{token}/ask"],
)  # fmt: skip
def test_without_the_token_or_beside_the_few_places_there_is_nothing(server, path):
    status, _, body = ask(server, "GET", path.format(token=server.served.token))
    assert status in (400, 403, 404) and PAGE not in body


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "example.org"}, {"Host": "127.0.0.1"}, {"Host": ""},
        {"Host": "127.0.0.1.example.org:{port}"}, {"Origin": "http://example.org"},
        {"Origin": "null"}, {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:1"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_foreign_hosts_and_origins_are_refused(server, headers, method):
    given = {name: value.format(port=server.server_port) for name, value in headers.items()}
    given["Content-Type"] = "application/json"
    body = json.dumps(WISH) if method == "POST" else None
    where = place(server, "ask" if method == "POST" else "")
    status, _, answer = ask(server, method, where, body, given)
    assert status == 403 and PAGE not in answer and b"policy" not in answer


def test_the_page_itself_is_answered(server):
    own = {"Origin": f"http://{LOOPBACK}:{server.server_port}", "Sec-Fetch-Site": "same-origin"}
    status, _, body = post(server, WISH, **own)
    assert (status, json.loads(body)) == (200, {"page": "one", "policy": 0})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/json", "Content-Length": str(LARGEST_REQUEST + 1)}, 413),
        ({"Content-Type": "application/json", "Content-Length": "9" * 30}, 413),
        ({"Content-Type": "application/json", "Content-Length": "-1"}, 411),
        ({"Content-Type": "application/json", "Content-Length": "1_0"}, 411),
    ],
)
def test_large_requests_and_other_kinds_are_refused_unread(server, headers, status):
    assert ask(server, "POST", place(server, "ask"), "{}", headers)[0] == status


@pytest.mark.parametrize("body", ["", "{", "[]", "1", '{"page":', "[" * 9000, "\u00ff"])
def test_what_is_no_wish_is_refused(server, body):
    headers = {"Content-Type": "application/json"}
    answer = ask(server, "POST", place(server, "ask"), body.encode("latin-1"), headers)
    assert answer[0] == 400


@pytest.mark.parametrize(
    "change", [{"page": 1}, {"page": "x" * 99}, {"policy": "0"}, {"policy": True}, {"page": None}]
)
def test_a_wish_of_another_form_is_refused_in_words(server, change):
    status, _, body = post(server, {**WISH, **change})
    assert status == 400 and json.loads(body)["said"]


def test_a_number_out_of_range_is_said(server):
    status, _, body = post(server, {**WISH, "wish": "bad"})
    assert status == 422 and "must be a share" in json.loads(body)["said"]


def test_a_fault_is_said_and_ends_nothing(server, capsys):
    status, _, body = post(server, {**WISH, "wish": "worse"})
    assert status == 500 and "the disk is full" in json.loads(body)["said"]
    assert "the disk is full" in capsys.readouterr().err
    assert post(server, WISH)[0] == 200


def test_one_run_at_a_time(tmp_path):
    scenario = load_scenario("walking_groups", ["persons=1", "years=1"])
    proper = ProperRun([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path)
    proper.start(scenario)
    try:
        assert proper.running and proper.told()["state"] == "running"
        with pytest.raises(AlreadyRunningError):
            proper.start(scenario)
        assert proper.report() is None
    finally:
        proper.end()
    assert not proper.running and proper.told()["state"] == "failed"
    assert load_scenario(tmp_path / "walking_groups.yaml").persons == 1


def test_other_methods_are_not_known(server):
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "HEAD"):
        assert ask(server, method, place(server))[0] == 501


def test_a_client_that_says_nothing_keeps_nobody_waiting(server):
    with socket.create_connection((LOOPBACK, server.server_port)):
        assert ask(server, "GET", place(server))[0] == 200


@pytest.mark.parametrize("begun", ["POST {place} HTTP/1.1\r\nX: ", "{whole}"], ids=["head", "body"])
def test_a_request_that_drips_is_heard_for_so_long_only(server, monkeypatch, begun):
    monkeypatch.setattr("analysis.explore.server.SECONDS_TO_SPEAK", 0.2)
    where = place(server, "ask")
    whole = (
        f"POST {where} HTTP/1.1\r\nHost: {LOOPBACK}:{server.server_port}\r\n"
        "Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n"
    )
    with socket.create_connection((LOOPBACK, server.server_port), timeout=0.05) as slow:
        slow.sendall(begun.format(place=where, whole=whole).encode())
        for _ in range(400):
            with suppress(TimeoutError):
                heard = slow.recv(1000)
                break
            slow.sendall(b" ")
    assert heard == b"" or heard.split()[1] in (b"400", b"403")


def test_it_ends_when_nobody_has_asked_for_long(tmp_path):
    with serving(tmp_path, idle_seconds=0.1) as (_, thread):
        thread.join(10)
        assert not thread.is_alive()


def test_it_stays_while_it_is_asked(tmp_path):
    with serving(tmp_path, idle_seconds=60.0) as (server, thread):
        time.sleep(0.2)
        assert thread.is_alive() and ask(server, "GET", place(server))[0] == 200


# Wishes


@pytest.fixture(scope="module")
def table():
    return effects_table(load_scenario("walking_groups", ["persons=300", "years=3"]), threads=1)


def wish(**changes):
    adds = {"moderate": 60, "vigorous": 0, "resistance": 0, "endurance": 0}
    keeping = {"quit_12_weeks": 0.3, "half_life_years": 2}
    who = {"ages": [30, 70], "sex": "female", "met_hours_below": 8.75, "bmi_above": None,
           "deprivation": [1, 2], "diseases": []}  # fmt: skip
    cost = {"per_person_offered": 0, "per_participant": 50, "per_participant_year": 3,
            "per_resident_year": 0, "fixed_per_year": 7}  # fmt: skip
    how = {"reach": 0.5, "uptake": 0.4, "ramp_years": 0, "start": 2025, "end": None}
    return {
        "adds": adds, "adherence": keeping, "evidence": {}, "cost": cost, "threshold": 25_000,
        "represents": None, **who, **how, **changes,
    }  # fmt: skip


def test_a_wish_becomes_a_checked_scenario(table):
    scenario = scenario_for(table, wish(evidence={"causal_share.dementia": 0.5}))
    (policy,) = scenario.policies
    assert policy.adds.moderate == 60.0 and policy.adherence.half_life_years == 2.0
    assert scenario.parameters["causal_share.dementia"] == 0.5
    assert scenario.parameters["economics.willingness_to_pay"] == 25_000
    assert (policy.reach, policy.uptake, policy.start) == (0.5, 0.4, 2025)
    rule = policy.eligible
    assert (rule.ages, rule.sex, rule.deprivation) == ((30, 70), "female", (1, 2))
    assert rule.diseases is None and rule.bmi_above is None and rule.met_hours_below == 8.75
    # what is fixed is for people who are represented
    assert policy.cost.per_participant == 50.0 and policy.cost.fixed_per_year == 0.0
    ours = scenario_for(table, wish(represents=90_000))
    assert ours.policies[0].cost.fixed_per_year == 7.0 and ours.population.represents == 90_000


def test_a_wish_for_the_policy_as_it_stands_is_the_policy(table):
    asked = {**own_wish(table, 20_000.0), "evidence": {}}
    assert scenario_for(table, asked).policies == (table.policy,)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"adds": {"moderate": -1, "vigorous": 0, "resistance": 0, "endurance": 0}}, ScenarioError),
        ({"adds": dict.fromkeys(("moderate", "vigorous", "resistance", "endurance"), 1e9)},
         ScenarioError),
        ({"adds": None}, BadWishError), ({"adds": {"moderate": "1"}}, BadWishError),
        ({"adherence": []}, BadWishError), ({"evidence": {"no.such": 1}}, ScenarioError),
        ({"evidence": {"causal_share.dementia": 9}}, ScenarioError),
        ({"evidence": {"causal_share.dementia": True}}, BadWishError),
        ({"evidence": {f"a{k}": 1 for k in range(60)}}, BadWishError),
        ({"evidence": {"a" * 999: 1}}, BadWishError),
        ({"reach": 1.5}, ScenarioError), ({"reach": "1"}, BadWishError),
        ({"start": 1066}, ScenarioError), ({"start": 2025.5}, BadWishError),
        ({"start": True}, BadWishError), ({"ages": [70, 30]}, ScenarioError),
        ({"ages": None}, BadWishError), ({"ages": list(range(99))}, BadWishError),
        ({"sex": "<b>"}, ScenarioError), ({"sex": None}, ScenarioError),
        ({"deprivation": [9]}, ScenarioError), ({"diseases": ["plague"]}, ScenarioError),
        ({"deprivation": []}, ScenarioError), ({"cost": {}}, BadWishError),
        ({"cost": None}, BadWishError), ({"represents": 0}, ScenarioError),
        ({"represents": "many"}, BadWishError), ({"threshold": None}, BadWishError),
        ({"met_hours_below": float("nan")}, BadWishError), ({"ages": [1e300, 2]}, ScenarioError),
        ({"ages": [float("nan"), 2]}, BadWishError), ({"deprivation": [1e999]}, BadWishError),
        ({"reach": 10**400}, BadWishError), ({"evidence": {"a": -(10**400)}}, BadWishError),
    ],
)  # fmt: skip
def test_bad_wishes_are_refused(table, changes, error):
    with pytest.raises(error):
        scenario_for(table, wish(**changes))


def test_what_is_run_properly_is_the_scenario_with_the_page_s_policy(table):
    content = table.scenario.to_dict()
    policies = [{**content["policies"][0], "reach": 0.25}]
    given = {"name": "walks_explored", "policies": policies, "parameters": {}, "represents": 5000}
    scenario = to_run(replace(table.scenario, persons=777), {"scenario": given})
    assert scenario.persons == 777 and scenario.policies[0].reach == 0.25
    assert scenario.population.represents == 5000
    with pytest.raises(ScenarioError):
        to_run(table.scenario, {"scenario": {**given, "name": "../../etc"}})
    surveyed = replace(table.scenario.population, microdata="/somewhere/survey.csv")
    with pytest.raises(BadWishError):
        to_run(replace(table.scenario, population=surveyed), {"scenario": given})


def test_a_fresh_run_tells_what_the_run_of_the_scenario_does(table):
    asked = wish(represents=50_000)
    told = FreshRuns([table], 2).told("one", 0, asked)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    scenario = scenario_for(table, asked)
    run = simulate(scenario, persons=wishes.PERSONS)
    ever = float(run.counts[scenario.seed, -1].people.sum())
    effects = run.effects.set_index("outcome")
    stroke = effects.loc["incidence.stroke", "expected_averted"]
    assert told["value"]["incidence.stroke"] == pytest.approx(stroke)
    assert told["error"]["incidence.stroke"] == pytest.approx(
        effects.loc["incidence.stroke", "expected_standard_error"]
    )
    money = run.economics.query("scale == 'per_100000'").set_index("measure")
    for name in ("qalys_gained", "policy_cost", "net_cost", "net_benefit"):
        assert told["value"][name] * 1e5 / ever == pytest.approx(money.loc[name, "value"]), name
    gained = table.answer().values["life_years"]
    assert told["value"]["life_years"] > 0.0 and gained > 0.0
    spent = run.budget_impact.query("scale == 'represented'")["spending"].to_numpy()
    times = 50_000 / wishes.PERSONS
    assert times * np.array(told["by_year"]["spending"]) == pytest.approx(spent)
    assert len(told["by_year"]["care_cost_averted"]) == 3


def test_the_newest_wish_of_a_page_comes_first(table, monkeypatch):
    began, let_on = threading.Event(), threading.Event()
    made = []

    def slow(scenario, *, progress, **rest):
        began.set()
        assert let_on.wait(10)
        progress(1)
        made.append(scenario.policies[0].adds.moderate)
        return made[-1]

    monkeypatch.setattr(wishes, "simulate", slow)
    monkeypatch.setattr(wishes, "told_of", lambda result: {"minutes": result})
    fresh, outcomes = FreshRuns([table], 1), {}

    def asks(minutes, page="one"):
        adds = {"moderate": minutes, "vigorous": 0, "resistance": 0, "endurance": 0}
        try:
            assert fresh.told(page, 0, wish(adds=adds)) == {"minutes": minutes}
            outcomes[minutes] = "made"
        except wishes.SupersededError:
            outcomes[minutes] = "superseded"

    threads = []
    for minutes in (10, 20, 30):
        threads.append(threading.Thread(target=asks, args=(minutes,)))
        threads[-1].start()
        assert began.wait(10)
        time.sleep(0.1)
    threads.append(threading.Thread(target=asks, args=(40, "another tab")))
    threads[-1].start()
    time.sleep(0.1)
    assert outcomes == {20: "superseded"}  # it waits for nothing
    let_on.set()
    for thread in threads:
        thread.join(10)
    assert outcomes == {10: "superseded", 20: "superseded", 30: "made", 40: "made"}
    assert sorted(made) == [30, 40]
