"""Which names does Kubernetes take?"""

from __future__ import annotations

import pytest

from rollproof.kube import names
from rollproof.kube.version import Version

# k8s.io/apimachinery pkg/util/validation/validation_test.go and pkg/api/validate/content/*_test.go hold tables of the same kind.
ACCEPTED = [
    (names.dns_subdomain, ("a", "web", "web-1.example.com", "0.0", "a" * 253)),
    (names.dns_subdomain_with_underscore, ("_sip._tcp.example.com", "a_b")),
    (names.dns_label, ("a", "1", "web-1", "a" * 63)),
    (names.dns_1035_label, ("a", "web-1")),
    (names.wildcard_dns_host, ("*.example.com",)),
    (names.ingress_host, ("*.example.com", "example.com")),
    (names.qualified_name, ("app", "App.Name_1", "app.kubernetes.io/name", "a" * 63)),
    (names.annotation_key, ("Example.com/Key",)),
    (names.label_value, ("", "A", "v1.2_3-x", "a" * 63)),
    (names.port_name, ("http", "a1-b", "h2c-12345678901")),
    (names.env_var_name, ("A", "1A", "a b", "my.var", ".")),
    (names.strict_env_var_name, ("A", "my.var-x", "_")),
    (names.config_map_key, (".config", "a_B-1.txt", "a..b")),
    (names.http_header_name, ("X-Header",)),
    (names.path_segment, ("system:node", "Any thing", "")),
    (names.absolute_path, ("/", "/a/b", "/a/..b")),
    (names.cron_job_name, ("a" * 52, "a.b")),
]
REFUSED = [
    (names.dns_subdomain, "", "must not be empty"),
    (names.dns_subdomain, "Web", "holds 'W', but only lower-case letters, digits, '-' and '.' are allowed"),
    (names.dns_subdomain, "web_1", "holds '_', but only lower-case letters, digits, '-' and '.' are allowed"),
    (names.dns_subdomain, "web\n", "holds the character U+000A, but only lower-case letters, digits, '-' and '.' are allowed"),
    (names.dns_subdomain, "wéb", "holds the character U+00E9, but only lower-case letters, digits, '-' and '.' are allowed"),
    (names.dns_subdomain, "-web", "must start and end with a lower-case letter or digit"),
    (names.dns_subdomain, "a..b", "must have a letter or digit at both ends of every part between dots"),
    (names.dns_subdomain, "a" * 254, "has 254 characters, but at most 253 are allowed"),
    (names.dns_label, "a.b", "holds '.', but only lower-case letters, digits and '-' are allowed"),
    (names.dns_label, "a" * 64, "has 64 characters, but at most 63 are allowed"),
    (names.dns_1035_label, "1a", "must start with a lower-case letter and end with a lower-case letter or digit"),
    (names.wildcard_dns_host, "*example.com", "must start with '*.'"),
    (names.wildcard_dns_host, "*.*.com", "after '*.', holds '*', but only lower-case letters, digits, '-' and '.' are allowed"),
    (names.qualified_name, "a/b/c", "must hold at most one '/'"),
    (names.qualified_name, "/a", "must have a prefix before '/'"),
    (names.qualified_name, "a/", "must have a name after '/'"),
    (names.qualified_name, "A/b", "before '/', holds 'A', but only lower-case letters, digits, '-' and '.' are allowed"),
    (names.label_value, "a b", "holds a space, but only letters, digits, '-', '_' and '.' are allowed"),
    (names.label_value, "v1.", "must start and end with a letter or digit"),
    (names.port_name, "1234567890123456", "has 16 characters, but at most 15 are allowed"),
    (names.port_name, "80", "must hold at least one letter"),
    (names.port_name, "a--b", "must not hold two hyphens in a row"),
    (names.port_name, "HTTP", "holds 'H', but only lower-case letters, digits and '-' are allowed"),
    (names.env_var_name, "A=B", "holds '=', but only printable ASCII characters other than '=' are allowed"),
    (names.strict_env_var_name, "1A", "must not start with a digit"),
    (names.config_map_key, "..", "must not start with '..'"),
    (names.config_map_key, ".", "must not be '.'"),
    (names.config_map_key, "a/b", "holds '/', but only letters, digits, '-', '_' and '.' are allowed"),
    (names.path_segment, "a/b", "must not hold '/'"),
    (names.absolute_path, "a", "must start with '/'"),
    (names.absolute_path, "/a//b", "must not hold '//'"),
    (names.absolute_path, "/a/..", "must not end with '/..'"),
    (names.cron_job_name, "a" * 53, "has 53 characters, but a CronJob's name may have at most 52, because each Job's name adds 11"),
]


@pytest.mark.parametrize(("check", "text"), [(check, text) for check, texts in ACCEPTED for text in texts])
def test_a_good_name_has_no_reason_against_it(check: names.Check, text: str) -> None:
    reason = check(text)

    assert reason is None


@pytest.mark.parametrize(("check", "text", "reason"), REFUSED)
def test_a_bad_name_is_refused_with_its_reason(check: names.Check, text: str, reason: str) -> None:
    given = check(text)

    assert given == reason


# k8s.io/kubernetes pkg/apis/*/validation, release 1.35
@pytest.mark.parametrize(
    ("group", "kind", "name", "accepted"),
    [
        ("apps", "Deployment", "web.v1", True),
        ("apps", "StatefulSet", "web.v1", False),
        ("", "Namespace", "web.v1", False),
        ("", "Service", "1web", False),
        ("serving.knative.dev", "Service", "1web", True),
        ("rbac.authorization.k8s.io", "ClusterRole", "system:Node Reader", True),
        ("batch", "CronJob", "a" * 53, False),
        ("batch", "Job", "a" * 100, True),
        ("argoproj.io", "Rollout", "Web", False),
        ("networking.k8s.io", "IPAddress", "2001:db8::1", True),
    ],
)
def test_each_kind_has_its_own_rule_for_names(group: str, kind: str, name: str, accepted: bool) -> None:
    reason = names.check_name(group, kind, name, Version(1, 35))

    assert (reason is None) is accepted


def test_a_service_may_start_with_a_digit_since_1_36() -> None:
    reason = names.check_name("", "Service", "1web", Version(1, 36))

    assert reason is None


@pytest.mark.parametrize(("prefix", "accepted"), [("web-", True), ("web", True), ("-", False), ("web.-", True), ("Web-", False)])
def test_a_generated_name_may_end_with_a_hyphen(prefix: str, accepted: bool) -> None:
    reason = names.check_generate_name("apps", "Deployment", prefix, Version(1, 35))

    assert (reason is None) is accepted
