#pragma once

// What the daemon changes of keys: written to Redis as mmx-admind writes it, as far as a commit
// reads it.

#include <string>

#include "server/server.hpp"
#include "world/book.hpp"
#include "world/plan.hpp"
#include "world/random.hpp"

namespace mmx::simulation {

class Daemon {
public:
    Daemon(Server& server, Random& random, Book& book)
        : server_(server), random_(random), book_(book)
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

    Server& server_;
    Random& random_;
    Book& book_;
};

}  // namespace mmx::simulation
