#pragma once

// The ledger: what each worker has had charged and not handed out yet, in memory that outlives it.
// A worker that dies, whatever of, leaves its lines behind, and another one repeats the commit that
// was under way, under the same number, and gives back the rest (bequests.hpp): nothing is lost.
//
// A line is written by one process only, and each of its changes takes effect by one store: it may
// die between any two instructions, and what then stands there is never more than what it had left.
// Where the process dies with the host, or its line found no room, what it held stays charged.
//
//     LedgerEntry* entry = ledger.take(id);   // null: no room
//     entry->form(commit);                    // a commit is about to be sent
//     entry->answer(stand);                   // it was answered
//     --entry->stand().unspent;               // before a request is let in on it
//     ledger.release(*entry);                 // nothing is held or under way

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/life_lock.hpp"
#include "lib/api_key.hpp"
#include "lib/commit.hpp"

namespace mmx::gate {

inline constexpr std::size_t ledger_owners_max = 1024;  // processes, those that died included
inline constexpr std::size_t ledger_chunk = 64;         // lines that an owner takes at a time
inline constexpr std::size_t ledger_look_again = 4096;  // lines that find no room, between searches

// A commit as a line remembers it.
struct LedgerCommit {
    std::uint64_t sequence;
    Date date;
    std::uint32_t asked;
    std::int64_t ask, back, closes, loan;
    std::uint64_t since;
    Date back_date;  // of what it gives back, all of one day
};

struct LedgerEntry {
    struct Stand {
        std::int64_t unspent;  // charged on that date; what the commit gives back is still in it
        std::int64_t held;     // what Redis counts as lent to this worker
        std::int64_t loan;     // the number of the last loan
        // Of it, what the totals close, and the number of that flush: it may have run, or not.
        std::int64_t spent;
        std::uint64_t flush;
        std::uint64_t since;  // the commit by which any was charged last; see Commit
        Date date;
    };

    // Bit 0: which of the two is the present one. Bit 1: a commit is under way. Bit 2: the line is
    // somebody's.
    std::atomic<std::uint32_t> phase{0};
    KeyId id{};
    std::array<Stand, 2> stands{};
    LedgerCommit commit{};

    bool taken() const noexcept { return (phase.load(std::memory_order_relaxed) & 4) != 0; }
    bool under_way() const noexcept { return (phase.load(std::memory_order_relaxed) & 2) != 0; }
    Stand& stand() noexcept { return stands[phase.load(std::memory_order_relaxed) & 1]; }

    // Each takes effect by its last store.
    void take(const KeyId& key) noexcept;
    void form(const LedgerCommit& formed) noexcept;
    void stand_at(const Stand& next) noexcept;
    void answer(const Stand& next) noexcept;  // no commit is under way any more
    void free() noexcept { phase.store(0, std::memory_order_release); }
};

// The memory that all processes share.
class LedgerMemory {
public:
    // In memory of zeros, of that size; entries are as many as fit.
    static LedgerMemory* make(void* memory, std::size_t size);

    struct Owner {
        LifeLock life;
        std::array<char, 32> field{};  // under which its commits are remembered in Redis
        std::atomic<std::size_t> field_length{0};
        std::atomic<std::uint64_t> last{0};  // the highest number that was used under that name

        std::string_view worker_field() const noexcept { return {field.data(), field_length}; }
    };
    struct Chunk {
        std::atomic<std::uint32_t> owner{0};  // 1 + its index; 0: nobody's
        std::array<LedgerEntry, ledger_chunk> entries;
    };

    std::array<Owner, ledger_owners_max> owners;
    std::span<Chunk> chunks() noexcept;

private:
    explicit LedgerMemory(std::size_t chunks) noexcept : chunks_(chunks) {}

    std::size_t chunks_;
    // They follow in memory.
};

// One process' part of it, its own for life.
class Ledger {
public:
    // memory: null where there is none. worker_field: see Committing.
    Ledger(LedgerMemory* memory, std::string_view worker_field);
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;
    ~Ledger();  // lines that are still taken are left to others

    // A free line, or null where there is no room.
    LedgerEntry* take(const KeyId& id) noexcept;
    void release(LedgerEntry& entry) noexcept;

    // This process uses that number: whoever inherits from it must go beyond, of whatever key, also
    // where the clock was set back.
    void note(std::uint64_t number) noexcept
    {
        if (owner_ != nullptr) {
            owner_->last.store(number, std::memory_order_relaxed);
        }
    }

    // What a dead process left behind: it is this one's from then on. Null: there is none.
    class Bequest;
    std::unique_ptr<Bequest> next_bequest();

private:
    bool take_chunk() noexcept;

    LedgerMemory* memory_;
    LedgerMemory::Owner* owner_ = nullptr;
    std::vector<LedgerEntry*> free_;
    std::size_t taken_ = 0, chunks_ = 0;  // of them: in use; its own
    std::size_t looked_at_ = 0;           // where the search for a free chunk goes on
    std::size_t look_again_ = 0;          // after a search in vain: lines to go without before
};

class Ledger::Bequest {
public:
    Bequest(LedgerMemory& memory, std::size_t owner);
    Bequest(const Bequest&) = delete;
    Bequest& operator=(const Bequest&) = delete;
    ~Bequest();  // what is not done with is left to others again

    std::string_view worker_field() const noexcept { return owner_.worker_field(); }
    std::uint64_t last() const noexcept { return owner_.last.load(std::memory_order_relaxed); }
    void note(std::uint64_t number) noexcept
    {
        owner_.last.store(number, std::memory_order_relaxed);
    }
    std::span<LedgerEntry* const> entries() const noexcept { return entries_; }

private:
    LedgerMemory& memory_;
    const std::size_t index_;
    LedgerMemory::Owner& owner_;
    std::vector<LedgerEntry*> entries_;
};

}  // namespace mmx::gate
