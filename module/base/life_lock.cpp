#include "base/life_lock.hpp"

#include <cerrno>
#include <system_error>

namespace mmx::gate {
namespace {

void check(int error)
{
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), "a lock in shared memory");
    }
}

}  // namespace

LifeLock::LifeLock()
{
    pthread_mutexattr_t attributes;
    check(pthread_mutexattr_init(&attributes));
    check(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED));
    check(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
    check(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK));
    check(pthread_mutex_init(&mutex_, &attributes));
    check(pthread_mutexattr_destroy(&attributes));
}

LifeLock::Taken LifeLock::take() noexcept
{
    switch (pthread_mutex_trylock(&mutex_)) {
    case 0: return Taken::fresh;
    case EOWNERDEAD: pthread_mutex_consistent(&mutex_); return Taken::bequest;
    default: return Taken::no;
    }
}

void LifeLock::let_go() noexcept
{
    pthread_mutex_unlock(&mutex_);
}

}  // namespace mmx::gate
