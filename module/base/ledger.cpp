#include "base/ledger.hpp"

#include <algorithm>
#include <new>

namespace mmx::gate {
namespace {

constexpr std::uint32_t under_way_bit = 2, taken_bit = 4;

}  // namespace

void LedgerEntry::take(const KeyId& key) noexcept
{
    id = key;
    stands = {};
    commit = {};
    phase.store(taken_bit, std::memory_order_release);
}

void LedgerEntry::form(const LedgerCommit& formed) noexcept
{
    commit = formed;
    phase.store(phase.load(std::memory_order_relaxed) | under_way_bit, std::memory_order_release);
}

void LedgerEntry::stand_at(const Stand& next) noexcept
{
    const std::uint32_t other = phase.load(std::memory_order_relaxed) ^ 1;
    stands[other & 1] = next;
    phase.store(other, std::memory_order_release);
}

void LedgerEntry::answer(const Stand& next) noexcept
{
    const std::uint32_t other = (phase.load(std::memory_order_relaxed) & 1) ^ 1;
    stands[other] = next;
    phase.store(taken_bit | other, std::memory_order_release);
}

LedgerMemory* LedgerMemory::make(void* memory, std::size_t size)
{
    const std::size_t room = size > sizeof(LedgerMemory) ? size - sizeof(LedgerMemory) : 0;
    return ::new (memory)
        LedgerMemory(room / sizeof(Chunk));  // chunks are free when they are zeros
}

std::span<LedgerMemory::Chunk> LedgerMemory::chunks() noexcept
{
    return {reinterpret_cast<Chunk*>(this + 1), chunks_};
}

Ledger::Ledger(LedgerMemory* memory, std::string_view worker_field) : memory_(memory)
{
    if (memory == nullptr || worker_field.size() > memory->owners[0].field.size()) {
        return;
    }
    for (LedgerMemory::Owner& owner : memory->owners) {
        // One that left something waits for next_bequest(), and is not taken here.
        if (owner.field_length == 0 && owner.life.take() != LifeLock::Taken::no) {
            if (owner.field_length != 0) {  // it came and went meanwhile
                owner.life.let_go();
                continue;
            }
            std::copy(worker_field.begin(), worker_field.end(), owner.field.begin());
            owner.last = 0;
            owner.field_length = worker_field.size();
            owner_ = &owner;
            return;
        }
    }
}

Ledger::~Ledger()
{
    if (owner_ == nullptr || taken_ > 0) {
        return;
    }
    const auto index = static_cast<std::uint32_t>(owner_ - memory_->owners.data());
    for (LedgerMemory::Chunk& chunk : memory_->chunks()) {
        std::uint32_t mine = index + 1;
        chunk.owner.compare_exchange_strong(mine, 0);
    }
    owner_->field_length = 0;
    owner_->life.let_go();
}

LedgerEntry* Ledger::take(const KeyId& id) noexcept
{
    if (owner_ == nullptr || (free_.empty() && !take_chunk())) {
        return nullptr;
    }
    LedgerEntry* entry = free_.back();
    free_.pop_back();
    ++taken_;
    entry->take(id);
    return entry;
}

void Ledger::release(LedgerEntry& entry) noexcept
{
    entry.free();
    --taken_;
    free_.push_back(&entry);  // there was room for it when it was taken
}

bool Ledger::take_chunk() noexcept
{
    if (look_again_ > 0) {
        --look_again_;
        return false;
    }
    const auto index = static_cast<std::uint32_t>(owner_ - memory_->owners.data());
    const std::span<LedgerMemory::Chunk> chunks = memory_->chunks();
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        LedgerMemory::Chunk& chunk = chunks[looked_at_++ % chunks.size()];
        std::uint32_t nobody = 0;
        if (chunk.owner.load(std::memory_order_relaxed) == 0 &&
            chunk.owner.compare_exchange_strong(nobody, index + 1)) {
            ++chunks_;
            free_.reserve(chunks_ * ledger_chunk);
            for (LedgerEntry& entry : chunk.entries) {
                free_.push_back(&entry);
            }
            return true;
        }
    }
    look_again_ = ledger_look_again;
    return false;
}

std::unique_ptr<Ledger::Bequest> Ledger::next_bequest()
{
    for (std::size_t i = 0; memory_ != nullptr && i < memory_->owners.size(); ++i) {
        LedgerMemory::Owner& owner = memory_->owners[i];
        if (&owner == owner_ || owner.field_length == 0) {
            continue;
        }
        switch (owner.life.take()) {
        case LifeLock::Taken::no: break;
        case LifeLock::Taken::fresh:
        case LifeLock::Taken::bequest: return std::make_unique<Bequest>(*memory_, i);
        }
    }
    return nullptr;
}

Ledger::Bequest::Bequest(LedgerMemory& memory, std::size_t owner)
    : memory_(memory), index_(owner), owner_(memory.owners[owner])
{
    for (LedgerMemory::Chunk& chunk : memory.chunks()) {
        if (chunk.owner.load(std::memory_order_relaxed) != index_ + 1) {
            continue;
        }
        for (LedgerEntry& entry : chunk.entries) {
            if (entry.taken()) {
                entries_.push_back(&entry);
            }
        }
    }
}

Ledger::Bequest::~Bequest()
{
    const bool done = std::none_of(entries_.begin(), entries_.end(),
                                   [](const LedgerEntry* entry) { return entry->taken(); });
    if (done) {  // else whoever comes next finds its name, and sees to the rest
        for (LedgerMemory::Chunk& chunk : memory_.chunks()) {
            auto theirs = static_cast<std::uint32_t>(index_ + 1);
            chunk.owner.compare_exchange_strong(theirs, 0);
        }
        owner_.field_length = 0;
    }
    owner_.life.let_go();
}

}  // namespace mmx::gate
