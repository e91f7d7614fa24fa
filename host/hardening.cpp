#include "host/hardening.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace mmx {

void keep_memory_private() noexcept
{
    prctl(PR_SET_DUMPABLE, 0);
}

void harden_process() noexcept
{
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    setrlimit(RLIMIT_CORE, &none);
    keep_memory_private();
}

}  // namespace mmx
