"""What a Service targets: endpoints, shares, the active colour, the candidates of a flip, and what a patch would change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest

from rollproof import catalog, engine
from rollproof.config import Settings
from rollproof.errors import UserError
from rollproof.model import patch as patching
from rollproof.report import change
from rollproof.report import plan as plan_report
from rollproof.rollout.flip import BlueGreen, repository
from rollproof.rollout.traffic import ServicePlan
from tests.conftest import REPOSITORY, SHARED, given, needs_shared, plan, run

PROBE = "readinessProbe: {tcpSocket: {port: 8080}}"


def service(name: str, selector: Mapping[str, str], extra: str = "", port: str = "8080") -> str:
    pairs = ", ".join(f'{key}: "{value}"' for key, value in selector.items())
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n"
        f"spec:\n  selector: {{{pairs}}}\n  ports: [{{port: 80, targetPort: {port}}}]\n{extra}---\n"
    )


def deployment(
    name: str, labels: Mapping[str, str], replicas: int = 3, *, image: str = "example.com/web:1", container: str = "web", extra: str = ""
) -> str:
    pairs = ", ".join(f'{key}: "{value}"' for key, value in labels.items())
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n{extra}"
        f"  selector: {{matchLabels: {{{pairs}}}}}\n  template:\n    metadata: {{labels: {{{pairs}}}}}\n"
        f"    spec: {{containers: [{{name: {container}, image: {image}, {PROBE}, ports: [{{name: http, containerPort: 8080}}]}}]}}\n---\n"
    )


def ingress(name: str, backend: str, weight: int | None = None, path: str = "/") -> str:
    canary = f'{{nginx.ingress.kubernetes.io/canary: "true", nginx.ingress.kubernetes.io/canary-weight: "{weight}"}}'
    annotations = f"  annotations: {canary}\n" if weight is not None else ""
    return (
        f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\n{annotations}spec:\n  rules:\n"
        f"    - host: example.com\n      http: {{paths: [{{path: {path}, pathType: Prefix, "
        f"backend: {{service: {{name: {backend}, port: {{number: 80}}}}}}}}]}}\n---\n"
    )


def route(name: str, *backends: tuple[str, int]) -> str:
    refs = ", ".join(f"{{name: {backend}, port: 80, weight: {weight}}}" for backend, weight in backends)
    return (
        f"apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}}}\n"
        f"spec: {{rules: [{{backendRefs: [{refs}]}}]}}\n---\n"
    )


def rollout(strategy: str) -> str:
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\nspec:\n  replicas: 4\n"
        f"  selector: {{matchLabels: {{app: web}}}}\n  strategy: {strategy}\n  template:\n    metadata: {{labels: {{app: web}}}}\n"
        "    spec: {containers: [{name: web, image: example.com/web:1}]}\n---\n"
    )


def the(text: str, name: str = "web") -> ServicePlan:
    return next(one for one in plan(text)[0].services if one.resource.name == name)


def shares(one: ServicePlan) -> dict[str | None, float]:
    return {share.target.workload.resource.name: float(share.share) for share in one.canary}


def colours(found: BlueGreen | None) -> tuple[str, str, tuple[str, ...]] | None:
    return None if found is None else (found.key, found.active, tuple(candidate.value for candidate in found.candidates))


WEB = {"app": "web"}
BLUE, GREEN = {"app": "web", "color": "blue"}, {"app": "web", "color": "green"}
STABLE, CANARY = {"app": "web", "track": "stable"}, {"app": "web", "track": "canary"}
V1, V2 = {"app": "web", "version": "v1"}, {"app": "web", "version": "v2"}
TWO = deployment("web-blue", BLUE) + deployment("web-green", GREEN, image="example.com/web:2")
TRACKS = deployment("web-stable", STABLE, 9) + deployment("web-canary", CANARY, 1, image="example.com/web:2")

# The well-known forms of tutorials: what a Service targets, its active colour and candidates, the shares of its workloads.
FORMS: list[tuple[str, str, str, list[str], tuple[str, str, tuple[str, ...]] | None, dict[str, float]]] = [
    ("rolling update", service("web", WEB) + deployment("web", WEB), "web", ["web"], None, {}),
    ("recreate", service("web", WEB) + deployment("web", WEB, extra="  strategy: {type: Recreate}\n"), "web", ["web"], None, {}),
    ("blue/green by one Service", service("web", BLUE) + TWO, "web", ["web-blue"], ("color", "blue", ("green",)), {}),
    (
        "blue/green by one Service, after the flip",
        service("web", GREEN) + TWO,
        "web",
        ["web-green"],
        ("color", "green", ("blue",)),
        {},
    ),
    (
        "blue/green by several Services, the public one",
        service("web", BLUE) + service("web-test", GREEN) + TWO,
        "web",
        ["web-blue"],
        ("color", "blue", ("green",)),
        {},
    ),
    (
        "blue/green by several Services, the one for tests",
        service("web", BLUE) + service("web-test", GREEN) + TWO,
        "web-test",
        ["web-green"],
        ("color", "green", ("blue",)),
        {},
    ),
    (
        "blue/green by version, the name repeating it",
        service("web", {"version": "v1", "app": "web"})
        + deployment("web-v1", {**V1, "name": "web-v1"}, container="web-v1")
        + deployment("web-v2", {**V2, "name": "web-v2"}, container="web-v2", image="example.com/web:2"),
        "web",
        ["web-v1"],
        ("version", "v1", ("v2",)),
        {},
    ),
    (
        "blue/green by one label that holds the colour",
        service("web", {"app": "web-blue"}) + deployment("web-blue", {"app": "web-blue"}) + deployment("web-green", {"app": "web-green"}),
        "web",
        ["web-blue"],
        ("app", "web-blue", ("web-green",)),
        {},
    ),
    (
        "blue/green with a third colour",
        service("web", BLUE) + TWO + deployment("web-teal", {"app": "web", "color": "teal"}),
        "web",
        ["web-blue"],
        ("color", "blue", ("green", "teal")),
        {},
    ),
    ("canary by replicas", service("web", WEB) + TRACKS, "web", ["web-stable", "web-canary"], None, {"web-stable": 0.9, "web-canary": 0.1}),
    (
        "canary by the weight of an Ingress, the main Service",
        service("web", STABLE) + service("web-canary", CANARY) + TRACKS + ingress("web", "web") + ingress("web-canary", "web-canary", 30),
        "web",
        ["web-stable"],
        ("track", "stable", ("canary",)),
        {"web-stable": 0.7, "web-canary": 0.3},
    ),
    (
        "canary by the weight of an Ingress, the canary Service",
        service("web", STABLE) + service("web-canary", CANARY) + TRACKS + ingress("web", "web") + ingress("web-canary", "web-canary", 30),
        "web-canary",
        ["web-canary"],
        ("track", "canary", ("stable",)),
        {"web-stable": 0.7, "web-canary": 0.3},
    ),
    (
        "canary by the weights of a Gateway route",
        service("web", STABLE) + service("web-canary", CANARY) + TRACKS + route("web", ("web", 95), ("web-canary", 5)),
        "web",
        ["web-stable"],
        ("track", "stable", ("canary",)),
        {"web-stable": 0.95, "web-canary": 0.05},
    ),
    (
        "A/B, each version behind its own Service",
        service("a", V1) + service("b", V2) + deployment("a", V1) + deployment("b", V2, image="example.com/web:2"),
        "a",
        ["a"],
        ("version", "v1", ("v2",)),
        {},
    ),
    ("Argo Rollout", service("web", WEB) + rollout("{canary: {stableService: web}}"), "web", ["web"], None, {}),
    (
        "neighbours that share all labels but their name",
        service("web", {"app": "web", "part-of": "shop"})
        + deployment("web", {"app": "web", "part-of": "shop"})
        + deployment("api", {"app": "api", "part-of": "shop"}, image="example.com/api:1"),
        "web",
        ["web"],
        None,
        {},
    ),
    (
        "roles of one application",
        service("db", {"app": "db", "role": "leader"})
        + deployment("db-leader", {"app": "db", "role": "leader"}, container="leader", image="example.com/db:1")
        + deployment("db-follower", {"app": "db", "role": "follower"}, container="follower", image="example.com/db-follower:1"),
        "db",
        ["db-leader"],
        None,
        {},
    ),
]


@pytest.mark.parametrize(("text", "name", "targets", "blue_green", "parts"), [form[1:] for form in FORMS], ids=[form[0] for form in FORMS])
def test_the_forms_of_tutorials_are_told_apart(
    text: str, name: str, targets: list[str], blue_green: tuple[str, str, tuple[str, ...]] | None, parts: dict[str, float]
) -> None:
    found = the(text, name)

    assert [target.workload.resource.name for target in found.targets] == targets
    assert colours(found.blue_green) == blue_green
    assert shares(found) == parts


def test_endpoints_are_those_of_all_targets_and_the_fewest_while_all_of_them_roll() -> None:
    found = the(service("web", WEB) + deployment("web-a", {**WEB, "part": "a"}, 4) + deployment("web-b", {**WEB, "part": "b"}, 8))

    # 25% of 4 and of 8 may be unavailable.
    assert (found.steady, found.worst) == ((12, 12), (9, 9))


def test_a_share_has_a_range_while_rollouts_are_under_way() -> None:
    canary = the(service("web", WEB) + TRACKS).canary[1]

    # 1 canary pod of at most 9 + 3 stable ones, and 2 of at least 7.
    assert canary.during is not None
    assert [float(bound) for bound in canary.during] == pytest.approx([1 / 13, 2 / 9])


def test_notes_tell_what_the_numbers_of_a_service_rest_on() -> None:
    extra = "  clusterIP: None\n  publishNotReadyAddresses: true\n  sessionAffinity: ClientIP\n"
    found = the(service("web", WEB, extra) + rollout("{canary: {stableService: web}}"))

    assert [note.code for note in found.notes] == ["argo-rollout-service", "publishes-not-ready", "headless", "session-affinity"]


def verdict(green: str, blue: str = deployment("web-blue", BLUE), port: str = "8080") -> list[str]:
    found = the(service("web", BLUE, port=port) + blue + green).blue_green
    assert found is not None
    return list(found.candidates[0].problems)


VERDICTS = [
    (deployment("web-green", GREEN), []),
    (deployment("web-green", GREEN, 0), ["Deployment/web-green has 0 replicas"]),
    (deployment("web-green", GREEN, 1), ["it may run with 1 pod where the active one has at least 3"]),
    (deployment("web-green", GREEN, extra="  paused: true\n"), ["Deployment/web-green is paused"]),
    (
        deployment("web-green", GREEN).replace("containerPort: 8080", "containerPort: 9090"),
        ["Deployment/web-green declares no TCP port 8080, which the active one does"],
    ),
    (
        deployment("web-green", GREEN).replace("containerPort: 8080", "containerPort: 8080, protocol: UDP"),
        ["Deployment/web-green declares no TCP port 8080, which the active one does"],
    ),
    (
        deployment("web-green", GREEN).replace(PROBE + ", ", ""),
        ["Deployment/web-green has no readiness probe, which the active one has"],
    ),
]


@pytest.mark.parametrize(("green", "problems"), VERDICTS)
def test_a_candidate_is_ready_unless_something_speaks_against_the_flip(green: str, problems: list[str]) -> None:
    assert verdict(green) == problems


def test_a_candidate_needs_the_names_of_the_ports_with_their_protocol() -> None:
    renamed = deployment("web-green", GREEN).replace("name: http", "name: web")
    udp = deployment("web-green", GREEN).replace("containerPort: 8080", "containerPort: 8080, protocol: UDP")

    assert verdict(renamed, port="http") == ["Deployment/web-green has no port named 'http'"]
    assert verdict(udp, port="http") == ["port 'http' of Deployment/web-green is UDP, not TCP"]


def test_a_service_that_sees_both_colours_is_named() -> None:
    found = the(service("web", BLUE) + service("all", WEB) + TWO).blue_green

    assert found is not None
    assert [one.name for one in found.both] == ["all"]


def test_a_selector_of_a_colour_that_is_not_there_still_has_candidates() -> None:
    found = the(service("web", {"app": "web", "color": "purple"}) + TWO)

    assert (found.targets, colours(found.blue_green)) == ((), ("color", "purple", ("blue", "green")))


def test_many_instances_of_one_application_are_no_colours() -> None:
    shards = "".join(deployment(f"web-{number}", {"app": "web", "shard": f"s{number}"}) for number in range(20))

    assert the(service("web", {"app": "web", "shard": "s1"}) + shards).blue_green is None


def test_several_definitions_of_one_workload_are_counted_once() -> None:
    files = {"a.yaml": service("web", WEB) + deployment("web", WEB, 2), "b.yaml": deployment("web", WEB, 5)}
    found = plan(files)[0].services[0]

    assert (len(found.targets), found.steady) == (1, (2, 2))


@pytest.mark.parametrize(
    ("image", "name"),
    [("web", "web"), ("web:1", "web"), ("example.com:5000/web", "example.com:5000/web"), ("example.com/web:1@sha256:0", "example.com/web")],
)
def test_a_repository_is_an_image_without_tag_and_digest(image: str, name: str) -> None:
    assert repository(image) == name


def test_the_json_of_services_keeps_to_its_schema() -> None:
    schema = json.loads((REPOSITORY / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))
    for form in FORMS:
        made, documents = plan(form[1])

        jsonschema.validate(json.loads(plan_report.as_json(made, documents.open)), schema)


def changed(text: str, *patches: str, type_: patching.PatchType = "merge") -> dict[str, object]:
    wanted = [patching.parse(one, type_) for one in patches]
    made, _, documents = engine.change(given(text), Settings(), catalog.built_in(), wanted)
    data: dict[str, object] = json.loads(change.as_json(made.before, made.after, made.problems, made.solved, documents.open))
    return data


def names_of(side: object) -> list[str]:
    assert isinstance(side, dict)
    return [target["resource"]["name"] for target in side["targets"]]


FLIP = 'service/web={"spec":{"selector":{"color":"green"}}}'
JSON_FLIP = 'svc/web=[{"op":"replace","path":"/spec/selector/color","value":"green"}]'


@pytest.mark.parametrize(
    ("patch", "type_"), [(FLIP, "merge"), (JSON_FLIP, "json"), ("Service/web={spec: {selector: {color: green}}}", "merge")]
)
def test_a_patch_shows_the_targets_before_and_after(patch: str, type_: patching.PatchType) -> None:
    found = changed(service("web", BLUE) + TWO, patch, type_=type_)

    changes = found["changes"]
    assert isinstance(changes, list)
    assert [(names_of(one["before"]), names_of(one["after"])) for one in changes] == [(["web-blue"], ["web-green"])]
    assert found["problems"] == []


def test_a_patch_to_a_colour_that_is_not_there_is_a_new_problem() -> None:
    found = changed(service("web", BLUE) + TWO, FLIP.replace("green", "gren"))

    problems = found["problems"]
    assert isinstance(problems, list)
    assert [one["rule"] for one in problems] == ["service-selects-nothing"]


def test_several_patches_are_applied_one_after_another() -> None:
    found = changed(service("web", BLUE) + TWO, FLIP, 'deployment/web-green={"spec":{"replicas":5}}')

    services = found["services"]
    assert isinstance(services, list)
    assert services[0]["endpoints"]["steady"] == {"min": 5, "max": 5}


@pytest.mark.parametrize(
    ("patch", "type_", "words"),
    [
        ("service/web", "merge", "KIND/NAME=PATCH"),
        ("service/nope={}", "merge", "no object is called service/nope"),
        ("service/web=[]", "merge", "not a mapping"),
        ("service/web={}", "json", "not a list of operations"),
        ("service/web={", "merge", "neither JSON nor YAML"),
        ('service/web=[{"op":"remove","path":"/spec/nope"}]', "json", "nothing at /spec/nope"),
        ('service/web=[{"op":"test","path":"/spec/selector/color","value":"red"}]', "json", "test of /spec/selector/color fails"),
    ],
)
def test_a_patch_that_kubectl_would_refuse_is_the_callers_mistake(patch: str, type_: patching.PatchType, words: str) -> None:
    with pytest.raises(UserError, match=words):
        changed(service("web", BLUE) + TWO, patch, type_=type_)


# RFC 7386, appendix A; a part.
MERGES: list[tuple[object, object, object]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("before", "patch", "after"), MERGES)
def test_a_merge_patch_is_that_of_the_rfc(before: object, patch: object, after: object) -> None:
    assert patching.merged(before, patch) == after


# RFC 6902, appendix A; a part.
OPERATIONS: list[tuple[object, list[object], object]] = [
    ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"foo": "bar", "baz": "qux"}),
    ({"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}], {"foo": ["bar", "qux", "baz"]}),
    ({"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["bar", "baz"]}),
    ({"baz": "qux"}, [{"op": "replace", "path": "/baz", "value": "boo"}], {"baz": "boo"}),
    (
        {"foo": ["all", "grass", "cows", "eat"]},
        [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
    ({"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}], {"foo": ["bar", ["abc", "def"]]}),
    ({"a": {"b": 1}}, [{"op": "copy", "from": "/a", "path": "/c"}], {"a": {"b": 1}, "c": {"b": 1}}),
]


@pytest.mark.parametrize(("before", "patch", "after"), OPERATIONS)
def test_json_patch_operations_are_those_of_the_rfc(before: object, patch: list[object], after: object) -> None:
    assert patching.operated(before, patch) == after


def test_the_command_line_shows_a_patch_in_words(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(service("web", BLUE) + TWO, encoding="utf-8")

    found = run("plan", "--patch", FLIP, str(file))

    assert found.status == 0
    assert "color=blue → app=web, color=green" in found.out
    assert "Deployment/web-blue, 3 pods →" in found.out


@needs_shared
def test_the_seeds_of_blue_and_green_are_told_as_their_readme_does() -> None:
    folder = SHARED / "manifests" / "seeds" / "blue-green"
    files = {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml"))}
    found = plan(files)[0].services[0]

    assert [target.workload.resource.name for target in found.targets] == ["echo-version-blue"]
    assert colours(found.blue_green) == ("color", "blue", ("green",))
    assert found.blue_green is not None
    assert found.blue_green.candidates[0].ready
