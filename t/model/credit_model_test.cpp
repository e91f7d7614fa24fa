// Every state that the model of credit can reach is as it must be, and no rule of it can be left
// out: each one's absence shows in a trace, which is printed.

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <ostream>
#include <string>

#include "search.hpp"

namespace mmx::model {
namespace {

constexpr std::size_t states_max = 12'000'000;

struct Setting {
    std::string name;
    Bounds bounds;
};

// What happens in each: a few of everything at once would be too many states.
const Setting settings[] = {
    {"requests", {.limit = 2, .arrivals = 3}},
    {"more_credit", {.limit = 3, .arrivals = 3}},
    {"late_top_up", {.limit = 4, .arrivals = 4, .ask = 1, .low = 0, .polls = false}},
    {"one_left", {.limit = 1, .arrivals = 4, .losses = 1, .crashes = 1}},
    {"losses", {.limit = 2, .arrivals = 2, .losses = 2}},
    {"long_leases", {.limit = 2, .arrivals = 2, .losses = 1, .lease = 2}},
    {"departures", {.limit = 2, .arrivals = 2, .losses = 1, .departures = 2}},
    {"idle_returns", {.limit = 2, .arrivals = 3, .idle_returns = true}},
    {"recalls", {.limit = 2, .arrivals = 2, .losses = 1, .recalls = 1}},
    {"refunds", {.limit = 2, .arrivals = 2, .losses = 1, .refunds = 2}},
    {"other_forms", {.limit = 2, .arrivals = 2, .losses = 1, .departures = 1, .undone = 1}},
    {"crashes", {.limit = 2, .arrivals = 2, .losses = 1, .crashes = 2}},
    {"a_crash_at_the_limit", {.limit = 2, .arrivals = 3, .crashes = 1}},
    {"ledger", {.limit = 2, .arrivals = 2, .losses = 1, .crashes = 1, .ledger = true}},
    {"ledger_twice", {.limit = 2, .arrivals = 2, .crashes = 2, .undone = 1, .ledger = true}},
    {"disable", {.limit = 2, .arrivals = 2, .losses = 1, .change = Bounds::Change::disable}},
    {"disable_and_crash",
     {.limit = 2, .arrivals = 2, .crashes = 1, .change = Bounds::Change::disable}},
    {"disable_and_ledger",
     {.limit = 2, .arrivals = 2, .crashes = 1, .ledger = true, .change = Bounds::Change::disable}},
    {"lower", {.limit = 3, .arrivals = 2, .change = Bounds::Change::limit, .changed = 1}},
    {"disable_without_polls",
     {.limit = 2, .arrivals = 3, .polls = false, .change = Bounds::Change::disable}},
    {"raise",
     {.limit = 2,
      .arrivals = 5,
      .ask = 1,
      .polls = false,
      .change = Bounds::Change::limit,
      .changed = 4}},
};

// Too many states for every run.
const Setting large_settings[] = {
    {"losses_at_the_limit", {.limit = 2, .arrivals = 3, .losses = 1, .ask = 1}},
    {"disable", {.limit = 2, .arrivals = 3, .change = Bounds::Change::disable}},
    {"lower",
     {.limit = 3,
      .arrivals = 3,
      .ask = 1,
      .low = 0,
      .change = Bounds::Change::limit,
      .changed = 1}},
    {"ledger", {.limit = 2, .arrivals = 3, .crashes = 1, .ledger = true}},
    {"departures", {.limit = 2, .arrivals = 3, .departures = 1}},
    {"losses", {.limit = 2, .arrivals = 3, .losses = 1}},
};

// A rule is left out, and this must come of it, where nothing does with all of them: what happens
// here happens in the settings above, too.
struct LeftOut {
    std::string name;
    Fault fault;
    void (*leave_out)(Rules& rules);
    Bounds bounds;
};

using From = Rules::LeaseFrom;

const LeftOut left_out[] = {
    {"lease_from_last_sending",
     Fault::s5,
     [](Rules& r) { r.lease_from = From::last_sending; },
     {.arrivals = 2, .losses = 1, .change = Bounds::Change::disable}},
    {"lease_from_reply",
     Fault::s5,
     [](Rules& r) { r.lease_from = From::reply; },
     {.arrivals = 2, .change = Bounds::Change::disable}},
    {"lease_from_any_reply",
     Fault::s5,
     [](Rules& r) { r.lease_by_grant = false; },
     {.arrivals = 3, .polls = false, .change = Bounds::Change::disable}},
    {"poll_lease_from_answer",
     Fault::s5,
     [](Rules& r) { r.polls_from_sending = false; },
     {.arrivals = 2, .change = Bounds::Change::disable}},
    {"no_stale",
     Fault::s5,
     [](Rules& r) { r.stale = false; },
     {.arrivals = 2, .change = Bounds::Change::disable}},
    {"spend_without_lease",
     Fault::s5,
     [](Rules& r) { r.spend_with_lease = false; },
     {.arrivals = 2, .change = Bounds::Change::disable}},
    {"daemon_does_not_wait",
     Fault::s5,
     [](Rules& r) { r.daemon_waits = false; },
     {.arrivals = 2, .change = Bounds::Change::disable}},
    {"redis_reclaims_by_time",
     Fault::s1,
     [](Rules& r) { r.reclaim = true; },
     {.arrivals = 3, .judged = Bounds::Judged::over_admission}},
    {"worker_returns_by_time",
     Fault::s1,
     [](Rules& r) { r.return_lapsed = true; },
     {.arrivals = 3, .judged = Bounds::Judged::over_admission}},
    {"close_before_spending",
     Fault::s4,
     [](Rules& r) { r.close_after_spending = false; },
     {.arrivals = 2}},
    {"no_hold", Fault::s4, [](Rules& r) { r.hold = false; }, {.arrivals = 2}},
    {"no_last_resort",
     Fault::s7,
     [](Rules& r) { r.last_resort = false; },
     {.arrivals = 2, .crashes = 1}},
    {"last_resort_without_recall",
     Fault::s4,
     [](Rules& r) { r.recall_first = false; },
     {.arrivals = 2, .losses = 1}},
    {"last_resort_against_new_credit",
     Fault::s4,
     [](Rules& r) { r.count_grants = false; },
     {.limit = 3, .arrivals = 3}},
    {"close_what_was_written_off",
     Fault::s4,
     [](Rules& r) { r.epochs = false; },
     {.arrivals = 5, .ask = 1, .polls = false, .change = Bounds::Change::limit, .changed = 4}},
    {"no_memory",
     Fault::s1,
     [](Rules& r) { r.memory = false; },
     {.arrivals = 3, .losses = 1, .judged = Bounds::Judged::over_admission}},
    {"no_memory_of_what_changed_nothing",
     Fault::s3,
     [](Rules& r) { r.remember_repeats = false; },
     {.arrivals = 2, .losses = 1}},
    {"ledger_repeats_under_a_new_number",
     Fault::s1,
     [](Rules& r) { r.ledger_keeps_number = false; },
     {.arrivals = 3, .crashes = 1, .ledger = true, .judged = Bounds::Judged::over_admission}},
    {"ledger_without_held",
     Fault::s3,
     [](Rules& r) { r.ledger_keeps_held = false; },
     {.arrivals = 2, .crashes = 1, .ledger = true}},
};

void PrintTo(const Setting& setting, std::ostream* out)
{
    *out << setting.name;
}

void PrintTo(const LeftOut& left_out, std::ostream* out)
{
    *out << left_out.name;
}

template <typename Case>
std::string name_of_case(const testing::TestParamInfo<Case>& info)
{
    return info.param.name;
}

void expect_nothing_found(const Bounds& bounds)
{
    const Found found = search(CreditModel(Rules{}, bounds), states_max);
    EXPECT_EQ(found.fault, Fault::none) << found.trace;
    EXPECT_TRUE(found.whole) << "more than " << states_max << " states";
    std::cout << found.states << " states, " << found.steps << " steps\n";
}

class Whole : public testing::TestWithParam<Setting> {};

TEST_P(Whole, EveryStateIsAsItMustBe)
{
    expect_nothing_found(GetParam().bounds);
}

INSTANTIATE_TEST_SUITE_P(Credit, Whole, testing::ValuesIn(settings), name_of_case<Setting>);

class WholeOfTheLarge : public testing::TestWithParam<Setting> {};

TEST_P(WholeOfTheLarge, EveryStateIsAsItMustBe)
{
    if (std::getenv("MMX_FULL") == nullptr) {
        GTEST_SKIP() << "only with MMX_FULL=1";
    }
    expect_nothing_found(GetParam().bounds);
}

INSTANTIATE_TEST_SUITE_P(Credit, WholeOfTheLarge, testing::ValuesIn(large_settings),
                         name_of_case<Setting>);

// What it takes for credit to be written off and closed all the same, while other credit is out
// against which a change is then confirmed at once.
const Bounds written_off = {.limit = 3,
                            .arrivals = 5,
                            .refunds = 2,
                            .ask = 1,
                            .idle_returns = true,
                            .polls = false,
                            .change = Bounds::Change::disable};

TEST(WithoutEpochs, AChangeIsConfirmedTooEarly)
{
    if (std::getenv("MMX_FULL") == nullptr) {
        GTEST_SKIP() << "only with MMX_FULL=1";
    }
    const Found found = search(CreditModel(Rules{.epochs = false}, written_off), states_max);
    std::cout << found.trace;
    EXPECT_STREQ(name_of(found.fault), name_of(Fault::s5));
    expect_nothing_found(written_off);
}

class Without : public testing::TestWithParam<LeftOut> {};

TEST_P(Without, SomethingIsFound)
{
    Rules rules;
    GetParam().leave_out(rules);
    const Found found = search(CreditModel(rules, GetParam().bounds), states_max);
    std::cout << found.trace;
    EXPECT_STREQ(name_of(found.fault), name_of(GetParam().fault));
    EXPECT_NE(found.trace.find('\n'), found.trace.rfind('\n')) << "no steps are told";
}

INSTANTIATE_TEST_SUITE_P(Credit, Without, testing::ValuesIn(left_out), name_of_case<LeftOut>);

}  // namespace
}  // namespace mmx::model
