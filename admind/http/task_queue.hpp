#pragma once

// Threads that do tasks in the order they came. At most `waiting_max` wait for a thread; who brings
// one more waits until there is room.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mmx::admin {

class TaskQueue {
public:
    TaskQueue(std::size_t threads, std::size_t waiting_max);
    ~TaskQueue() { finish(); }
    TaskQueue(const TaskQueue&) = delete;
    TaskQueue& operator=(const TaskQueue&) = delete;

    void add(std::function<void()> task);  // which must not throw
    void finish();                         // does what waits, then ends the threads

private:
    void work();

    const std::size_t waiting_max_;
    std::mutex mutex_;
    std::condition_variable due_, room_;
    std::deque<std::function<void()>> tasks_;
    bool ended_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace mmx::admin
