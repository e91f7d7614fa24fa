#pragma once

// What keeps a process' memory to itself.

namespace mmx {

// No other process of the same user may read our memory, nor does the kernel dump it. Lost by a
// change of user and by execve(); kept by fork().
void keep_memory_private() noexcept;

// The same, and no core dump for whatever is started from here either.
void harden_process() noexcept;

}  // namespace mmx
