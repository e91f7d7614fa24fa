#pragma once

// Moving a Redis to another secret file: what is sealed is sealed anew, the audit trail goes on
// under a new key, and sessions end. Names stay, since the new file brings the keys that they are
// made with: ids of gateway keys and names of API tokens are HMACs of texts that nobody keeps.
//
// A mark in the settings, sealed under the new secret, keeps everybody else from changing anything
// meanwhile (see Store). Every value opens under one of the two secrets at any moment, and the
// settings' check goes over last: a move that broke off anywhere is finished by another run, and
// two runs at once do no harm. Gateways go on admitting, for they read nothing of this but the
// master key, which goes over with the check. Throws Error.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "store/store.hpp"
#include "trail/audit_writer.hpp"

namespace mmx::admin {

inline constexpr std::size_t reseal_batch = 250;         // values sealed anew in one transaction
inline constexpr std::size_t moves_remembered_max = 64;  // whose entries the trail still holds

enum class SealedKind : std::uint8_t { key, rights, account, token };
inline constexpr std::size_t sealed_kinds = 4;

struct SealedCount {
    std::array<std::size_t, sealed_kinds> opened{};  // by kind
    std::size_t unopened = 0;  // listed, and missing or sealed under neither secret
    std::size_t of(SealedKind kind) const { return opened.at(static_cast<std::size_t>(kind)); }
};

struct Resealed {
    bool resumed = false;                // an earlier run had begun it, or even finished it
    std::size_t anew = 0, sessions = 0;  // values sealed, and sessions ended, by this run
    SealedCount count;                   // as all stands under the new secret alone
};

class Resealing {
public:
    // store: works under the secret of before.
    Resealing(Store& store, const Secrets& to) : store_(store), to_(to) {}

    // Begins the move, or takes up the one that is under way to this secret; refuses while another
    // one is. Says what there is at its end.
    Resealed run();

private:
    using Build = std::function<std::vector<Command>(std::int64_t now)>;

    bool is_done();
    void begin();
    std::optional<std::vector<Reply>> change(const Build& build);
    void reseal_values();
    void end_sessions();
    void reseal_head();
    void finish();
    SealedCount count();

    Store& store_;
    const Secrets& to_;
    Resealed result_;
    SealedCount seen_;
    std::optional<AuditWriter> writer_;  // of the change that finishes the move
};

}  // namespace mmx::admin
