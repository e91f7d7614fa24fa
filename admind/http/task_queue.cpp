#include "http/task_queue.hpp"

namespace mmx::admin {

TaskQueue::TaskQueue(std::size_t threads, std::size_t waiting_max) : waiting_max_(waiting_max)
{
    for (std::size_t i = 0; i < threads; i++) {
        threads_.emplace_back([this] { work(); });
    }
}

void TaskQueue::add(std::function<void()> task)
{
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return tasks_.size() < waiting_max_; });
    tasks_.push_back(std::move(task));
    due_.notify_one();
}

void TaskQueue::finish()
{
    {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
    }
    due_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

void TaskQueue::work()
{
    for (;;) {
        std::function<void()> task;
        {
            std::unique_lock lock(mutex_);
            due_.wait(lock, [&] { return ended_ || !tasks_.empty(); });
            if (tasks_.empty()) {
                return;
            }
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        room_.notify_one();
        task();
    }
}

}  // namespace mmx::admin
