"""Which of the two builds a test runs in: the plain one, which is what ships, or the sanitized.

Names are of files or folders below t/, or of one test of a file. What is named nowhere drives C++
through what may go wrong in it: the short run has it sanitized, and the full run in both.
"""

# Nothing of ours in C++ is looked at, or only what both builds have in common; but see BOTH.
ONLY_PLAIN = (
    "admin/test_cost.py",  # memory and processor time, which sanitizers change
    "console/test_look.py",  # a page looks the same then
    "delivery/",
    "house/",
    "scripts/",
    "simulation/",
)
# Slow under the sanitizers, and seen by them elsewhere.
PLAIN = (
    "admin/test_mutations.py",
    "cli/test_views_kept.py::test_a_list_of_100000_keys_costs_what_one_of_1000_does",
    "console/",
    "gateway/test_agents.py",
    "gateway/test_cors.py",
    "gateway/test_sdk.py",
)
# The core of what is promised holds in what ships, and under the sanitizers.
BOTH = (
    "admin/test_keys.py", "admin/test_roles.py", "admin/test_sessions.py",
    "cli/test_first_steps.py", "cli/test_keys.py",
    "delivery/test_conf.py", "delivery/test_console_front.py",
    "gateway/test_credentials.py", "gateway/test_exact.py", "gateway/test_lifecycle.py",
    "gateway/test_secrets.py", "gateway/test_settlement.py", "gateway/test_upstream.py",
    "simulation/test_simulation.py::test_what_must_hold_does_whatever_goes_wrong",
)


def named(test: str, names: tuple[str, ...]) -> bool:
    """test: its node id, `gateway/test_exact.py::test_a[1]`."""
    return any(test.startswith(name) and (
        name.endswith("/") or test[len(name):][:1] in ("", ":", "[")) for name in names)


def belongs(test: str, sanitized: bool, short: bool) -> bool:
    """Whether a run of that build has this test. short: once is enough where nothing says both."""
    if named(test, BOTH):
        return True
    if named(test, ONLY_PLAIN):
        return not sanitized
    return not short or named(test, PLAIN) != sanitized
