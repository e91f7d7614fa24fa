#pragma once

// What the daemon changes of keys: written to Redis as mmx-admind writes it, as far as a commit
// reads it, and with that the key's credit is called back. A change is confirmed when none of it is
// out any more, or when all leases of that time are over; before that either may be said of the
// key.

#include <string>

#include "server/server.hpp"
#include "world/agenda.hpp"
#include "world/book.hpp"
#include "world/plan.hpp"
#include "world/random.hpp"

namespace mmx::simulation {

class Daemon {
public:
    Daemon(Server& server, Random& random, Book& book, Agenda& agenda, std::int64_t lease_us)
        : server_(server), random_(random), book_(book), agenda_(agenda), lease_us_(lease_us)
    {
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    void create(const KeyPlan& plan);
    void change_something();

private:
    void set(const KeyAccount& key, std::string_view field, std::string_view value);
    void toggle(KeyAccount& key);
    void limit(KeyAccount& key);
    void list(KeyAccount& key, std::string_view networks);
    void rotate(std::size_t number);
    void remove(std::size_t number);
    KeyId draw_id();
    void call_back(std::size_t number, std::int64_t out_before);
    void await(std::size_t number, std::uint64_t change, std::int64_t until);

    Server& server_;
    Random& random_;
    Book& book_;
    Agenda& agenda_;
    const std::int64_t lease_us_;
};

}  // namespace mmx::simulation
