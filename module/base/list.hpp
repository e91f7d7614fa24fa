#pragma once

// An intrusive, doubly linked list: joining and leaving cost a few stores and no memory. A link
// leaves its list when it is destroyed, so that whoever waits in a list may go at any time.

#include <cstddef>

namespace mmx::gate {

template <class T>
class Link {
public:
    explicit Link(T* owner) noexcept : owner_(owner) {}
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() { leave(); }

    T* owner() const noexcept { return owner_; }
    bool linked() const noexcept { return next_ != this; }

    void leave() noexcept
    {
        previous_->next_ = next_;
        next_->previous_ = previous_;
        previous_ = next_ = this;
    }

private:
    template <class>
    friend class List;

    T* owner_;
    Link* previous_ = this;
    Link* next_ = this;
};

template <class T>
class List {
public:
    bool empty() const noexcept { return !head_.linked(); }
    T* front() const noexcept { return empty() ? nullptr : head_.next_->owner_; }

    // Whether every one of them passes.
    template <class Test>
    bool all(Test&& test) const noexcept
    {
        for (Link<T>* link = head_.next_; link != &head_; link = link->next_) {
            if (!test(*link->owner_)) {
                return false;
            }
        }
        return true;
    }

    void push_back(Link<T>& link) noexcept { insert(link, head_.previous_); }
    void push_front(Link<T>& link) noexcept { insert(link, &head_); }

    // Moves all of other's to the front, in their order.
    void take_to_front(List& other) noexcept
    {
        Link<T>* after = &head_;
        while (!other.empty()) {
            Link<T>* link = other.head_.next_;
            insert(*link, after);
            after = link;
        }
    }

private:
    static void insert(Link<T>& link, Link<T>* after) noexcept
    {
        link.leave();
        link.previous_ = after;
        link.next_ = after->next_;
        after->next_->previous_ = &link;
        after->next_ = &link;
    }

    Link<T> head_{nullptr};
};

}  // namespace mmx::gate
