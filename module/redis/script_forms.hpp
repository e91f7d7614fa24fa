#pragma once

// The scripts in the form in which this server takes them. What servers say of their version does
// not tell: some call themselves 7 and know no `#!lua`. So each form is offered in turn, the best
// one first, until one is not answered with an error:
//
//   SCRIPT LOAD with the flags of Redis 7     Redis 7, Valkey
//   SCRIPT LOAD without                       Redis 6, Dragonfly, Garnet
//   EVAL with them, EVAL without              servers whose user may not SCRIPT, or have no such
//                                             command; then each EVAL leaves its script behind
//                                             for the EVALSHAs to come

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/resp.hpp"

namespace mmx::gate {

class ScriptForms {
public:
    struct Script {
        std::string text;  // for EVAL
        std::string sha;   // for EVALSHA
    };

    // The first form, for a new connection.
    void restart();
    // The next one. False: there is none.
    bool next();

    // Appends the command that tries this form; its answer is judged by who asked.
    void append_trial(std::string& out) const;
    // Appends what has to be said of the other scripts once the form is taken, one command for
    // each. Returns how many.
    std::size_t append_rest(std::string& out) const;

    const Script& commit() const noexcept { return commit_; }
    const Script& total() const noexcept { return total_; }
    const Script& recall() const noexcept { return recall_; }

private:
    void make();

    std::size_t form_ = 0;
    Script commit_, total_, recall_;
};

}  // namespace mmx::gate
