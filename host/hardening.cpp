#include "host/hardening.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace mmx {

void harden_process() noexcept
{
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace mmx
