#pragma once

// A page of memory for secrets that live long: locked into memory where the system allows it, left
// out of core dumps, and wiped before it is unmapped.

#include <cstddef>

namespace mmx {

class GuardedPage {
public:
    GuardedPage() noexcept;
    GuardedPage(const GuardedPage&) = delete;
    GuardedPage& operator=(const GuardedPage&) = delete;
    ~GuardedPage();

    void* data() const noexcept { return data_; }  // null when out of memory
    std::size_t size() const noexcept { return size_; }
    void clear() noexcept;  // wipes what it holds

private:
    void* data_;
    std::size_t size_;
};

}  // namespace mmx
