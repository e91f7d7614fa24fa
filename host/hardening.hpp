#pragma once

// What keeps a process' memory to itself.

namespace mmx {

// No core dump, and no other process of the user may read our memory.
void harden_process() noexcept;

}  // namespace mmx
