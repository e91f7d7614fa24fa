#include "host/guarded_page.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "lib/seal.hpp"

namespace mmx {

GuardedPage::GuardedPage() noexcept : size_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)))
{
    data_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data_ == MAP_FAILED) {
        data_ = nullptr;
        return;
    }
    // Best effort: a small RLIMIT_MEMLOCK only means that the page may be swapped.
    (void)::mlock(data_, size_);
    (void)::madvise(data_, size_, MADV_DONTDUMP);
}

GuardedPage::~GuardedPage()
{
    if (data_ != nullptr) {
        clear();
        ::munmap(data_, size_);
    }
}

void GuardedPage::clear() noexcept
{
    if (data_ != nullptr) {
        wipe(std::span(static_cast<std::uint8_t*>(data_), size_));
    }
}

}  // namespace mmx
