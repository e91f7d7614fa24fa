#pragma once

// Goes through every state that the model of credit can reach, the nearest first, and stops at the
// first that may not be: the way to it is a shortest one.

#include <cstddef>
#include <string>

#include "credit_model.hpp"

namespace mmx::model {

struct Found {
    Fault fault = Fault::none;
    std::string trace;  // the steps that lead there, one a line
    std::size_t states = 0, steps = 0;
    bool whole = false;  // nothing was left out
};

// states_max: gives up beyond it.
Found search(const CreditModel& model, std::size_t states_max);

}  // namespace mmx::model
