#pragma once

// An intrusive, doubly linked list: joining and leaving cost a few stores and no memory. A link
// leaves its list when it is destroyed, so that whoever waits in a list may go at any time; a list
// knows its length without being told.

#include <cstddef>

namespace mmx::gate {

template <class T>
class List;

template <class T>
class Link {
public:
    explicit Link(T* owner) noexcept : owner_(owner) {}
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() { leave(); }

    T* owner() const noexcept { return owner_; }
    bool linked() const noexcept { return list_ != nullptr; }
    void leave() noexcept;

private:
    friend class List<T>;

    T* owner_;
    List<T>* list_ = nullptr;
    Link* previous_ = this;
    Link* next_ = this;
};

template <class T>
class List {
public:
    List() noexcept = default;
    List(const List&) = delete;
    List& operator=(const List&) = delete;
    ~List()
    {
        while (!empty()) {
            head_.next_->leave();
        }
    }

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
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

    // One that is in a list already, even in this one, leaves its place there.
    void push_back(Link<T>& link) noexcept
    {
        link.leave();
        insert(link, head_.previous_);
    }
    void push_front(Link<T>& link) noexcept
    {
        link.leave();
        insert(link, &head_);
    }

    // Moves all of other's to the front, in their order.
    void take_to_front(List& other) noexcept
    {
        Link<T>* after = &head_;
        while (!other.empty()) {
            Link<T>* link = other.head_.next_;
            link->leave();
            insert(*link, after);
            after = link;
        }
    }

private:
    friend class Link<T>;

    void insert(Link<T>& link, Link<T>* after) noexcept
    {
        link.list_ = this;
        link.previous_ = after;
        link.next_ = after->next_;
        after->next_->previous_ = &link;
        after->next_ = &link;
        ++size_;
    }

    Link<T> head_{nullptr};  // in no list itself
    std::size_t size_ = 0;
};

template <class T>
void Link<T>::leave() noexcept
{
    if (list_ == nullptr) {
        return;
    }
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
    --list_->size_;
    list_ = nullptr;
}

}  // namespace mmx::gate
