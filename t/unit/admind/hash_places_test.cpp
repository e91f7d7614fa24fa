#include "auth/hash_places.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <list>
#include <thread>
#include <vector>

#include "base/error.hpp"

namespace mmx::admin {
namespace {

using Places = std::list<std::optional<HashPlaces::Place>>;

// Without a name: as if each had another.
bool take(HashPlaces& places, Standing standing, Places& taken, std::string_view name = {})
{
    places.take(standing, name, taken.emplace_back());
    return taken.back().has_value();
}

// Somebody who waits in a thread of their own until they have had a place.
class Waiting {
public:
    Waiting(HashPlaces& places, Standing standing, std::vector<Standing>& order, std::mutex& mutex)
        : thread_([&places, standing, &order, &mutex] {
              std::optional<HashPlaces::Place> place;
              places.take(standing, {}, place);
              const std::lock_guard lock(mutex);
              order.push_back(standing);
          })
    {
    }
    ~Waiting() { thread_.join(); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

private:
    std::thread thread_;
};

void let_them_arrive()
{
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
}

TEST(HashPlaces, UnknownNamesShareOneAndNeverWaitForIt)
{
    HashPlaces places;
    Places taken;
    EXPECT_TRUE(take(places, Standing::unknown, taken));
    for (int i = 0; i < 100; i++) {
        EXPECT_FALSE(take(places, Standing::unknown, taken));
    }
    EXPECT_TRUE(take(places, Standing::account, taken)) << "what they share is not the last one";
}

TEST(HashPlaces, AnUnknownNameWithoutAPlaceTakesTheTimeOfAHash)
{
    constexpr std::chrono::milliseconds hash{50};
    HashPlaces places;
    Places taken;
    take(places, Standing::home, taken);
    std::this_thread::sleep_for(hash);
    taken.clear();
    take(places, Standing::unknown, taken);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(take(places, Standing::unknown, taken));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, hash);
}

TEST(HashPlaces, WhoIsNearerGoesFirst)
{
    HashPlaces places;
    Places taken;
    take(places, Standing::home, taken);
    take(places, Standing::home, taken);
    std::mutex mutex;
    std::vector<Standing> order;
    {
        std::list<Waiting> waiting;
        for (int i = 0; i < 3; i++) {
            waiting.emplace_back(places, Standing::account, order, mutex);
        }
        let_them_arrive();
        waiting.emplace_back(places, Standing::home, order, mutex);
        let_them_arrive();
        EXPECT_FALSE(take(places, Standing::unknown, taken)) << "nor does it overtake anybody";
        taken.pop_front();
    }
    ASSERT_EQ(order.size(), 4U);
    EXPECT_EQ(order.front(), Standing::home);
}

TEST(HashPlaces, AccountsDoNotTakeThePlacesOfThoseAtHome)
{
    HashPlaces places;
    Places taken;
    take(places, Standing::account, taken);
    take(places, Standing::account, taken);
    std::mutex mutex;
    std::vector<Standing> order;
    std::list<Waiting> waiting;
    for (std::size_t i = 0; i < hashes_waiting_max; i++) {
        waiting.emplace_back(places, Standing::account, order, mutex);
    }
    let_them_arrive();
    EXPECT_THROW(take(places, Standing::account, taken), Error);
    waiting.emplace_back(places, Standing::home, order, mutex);
    let_them_arrive();
    taken.clear();
    waiting.clear();
    ASSERT_EQ(order.size(), hashes_waiting_max + 1);
    EXPECT_EQ(order.front(), Standing::home);
}

TEST(HashPlaces, OneNameTakesFewOfThem)
{
    HashPlaces places;
    Places taken;
    take(places, Standing::account, taken, "ann");
    take(places, Standing::account, taken, "ann");
    EXPECT_THROW(take(places, Standing::account, taken, "ann"), Error);
    taken.clear();
    EXPECT_TRUE(take(places, Standing::account, taken, "ann"));
    EXPECT_TRUE(take(places, Standing::account, taken, "ann"));
}

TEST(HashPlaces, AtHomeANameIsNotCounted)
{
    HashPlaces places;
    Places taken;
    take(places, Standing::account, taken, "ann");
    take(places, Standing::account, taken, "ann");
    std::thread home([&] {
        std::optional<HashPlaces::Place> place;
        places.take(Standing::home, "ann", place);
        EXPECT_TRUE(place);
    });
    let_them_arrive();
    taken.clear();
    home.join();
}

}  // namespace
}  // namespace mmx::admin
