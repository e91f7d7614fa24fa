/* A preloaded clock for the tests: real time plus an offset that the test may change at any moment.
 *
 * MMX_CLOCK_FILE names a file of eight bytes, the offset in microseconds, which is mapped once per
 * process; so a change holds at the next look, in forked workers too. The monotonic clocks stay as
 * they are: nobody can set those. Works for redis-server and nginx, where libfaketime does not. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t no_offset;
static volatile int64_t *offset_us;

/* Not a constructor: libraries that are initialised before us look at the clock as well. */
static int64_t offset(void)
{
    if (offset_us == NULL) {
        const char *path = getenv("MMX_CLOCK_FILE");
        int fd = path ? (int) syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0) : -1;
        void *page = fd < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0);
        if (fd >= 0) {
            syscall(SYS_close, fd);
        }
        offset_us = page == MAP_FAILED ? &no_offset : page;
    }
    return *offset_us;
}

static int shifted(clockid_t clock, struct timespec *now)
{
    int rc = (int) syscall(SYS_clock_gettime, clock, now);
    if (rc == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t us = (int64_t) now->tv_sec * 1000000 + now->tv_nsec / 1000 + offset();
        now->tv_nsec = us % 1000000 * 1000 + now->tv_nsec % 1000;
        now->tv_sec = us / 1000000;
    }
    return rc;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    return shifted(clock, now);
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec now;
    (void) zone;
    if (shifted(CLOCK_REALTIME, &now) != 0) {
        return -1;
    }
    tv->tv_sec = now.tv_sec;
    tv->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out)
{
    struct timespec now;
    if (shifted(CLOCK_REALTIME, &now) != 0) {
        return -1;
    }
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}
