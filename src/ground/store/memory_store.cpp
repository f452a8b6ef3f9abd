// The in-memory twin: eight ordered maps. A map is copied before it is changed while a scan still
// reads it, so a scan sees the moment it began, as in the database.
#include <array>
#include <map>
#include <mutex>

#include "ground/store/seen.h"
#include "ground/store/store.h"

namespace aizuchi::ground {

namespace {

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(Clock* clock) : clock_(clock ? clock : &system_clock_) {
    for (auto& map : maps_) map = std::make_shared<Map>();
  }

  Result<std::optional<std::string>> get(Space space, std::string_view key) override {
    const std::lock_guard lock(mutex_);
    const Map& map = *maps_[index(space)];
    const auto found = map.find(key);
    if (found == map.end() || is_over(space, found->second)) return std::nullopt;
    return found->second;
  }

  Result<bool> contains(Space space, std::string_view key) override {
    const std::lock_guard lock(mutex_);
    const Map& map = *maps_[index(space)];
    const auto found = map.find(key);
    return found != map.end() && !is_over(space, found->second);
  }

  Result<void> scan(Space space, std::string_view prefix, std::string_view from,
                    Direction direction, const Take& take) override {
    const std::shared_ptr<const Map> map = snapshot(space);
    if (direction == Direction::forward) {
      for (auto at = map->lower_bound(std::max(prefix, from)); at != map->end(); ++at) {
        if (!at->first.starts_with(prefix)) break;
        if (!is_over(space, at->second) && !take(at->first, at->second)) break;
      }
      return {};
    }
    auto at = from.empty() ? end_of_prefix(*map, prefix) : map->upper_bound(from);
    while (at != map->begin()) {
      --at;
      if (!at->first.starts_with(prefix)) {
        if (at->first > prefix) continue;  // `from` was beyond the prefix
        break;
      }
      if (!is_over(space, at->second) && !take(at->first, at->second)) break;
    }
    return {};
  }

  void commit(Batch batch, Durability durability, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      Batch::Write write;
      for (size_t at = 0; batch.next(at, write);) {
        Map& map = changeable(write.space);
        if (write.erases) {
          if (const auto found = map.find(write.key); found != map.end()) map.erase(found);
        } else {
          map.insert_or_assign(std::string(write.key), std::string(write.value));
        }
      }
      ++stats_.commits;
      ++stats_.groups;
      stats_.groups_synced += durability == Durability::synced;
      stats_.bytes += batch.bytes();
    }
    if (done) done({});
  }

  Result<void> writable() const override { return {}; }
  StoreStats stats() const override {
    const std::lock_guard lock(mutex_);
    return stats_;
  }
  std::vector<std::string> engine_notes() const override { return {}; }

  Result<void> compact(Space space) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(changeable(space),
                  [&](const auto& entry) { return is_over(space, entry.second); });
    return {};
  }
  Result<void> flush() override { return {}; }
  Result<void> verify() override { return {}; }
  Result<void> checkpoint(const std::string& directory) override {
    return fail(ErrorCode::unsupported, "a store in memory has no copy at " + directory,
                "open a directory to make backups of it");
  }

 private:
  using Map = std::map<std::string, std::string, std::less<>>;

  static size_t index(Space space) { return static_cast<size_t>(space); }
  bool is_over(Space space, std::string_view value) const {
    return space == Space::seen && seen_is_over(value, clock_->now());
  }
  std::shared_ptr<const Map> snapshot(Space space) const {
    const std::lock_guard lock(mutex_);
    return maps_[index(space)];
  }
  Map& changeable(Space space) {
    std::shared_ptr<Map>& map = maps_[index(space)];
    if (map.use_count() > 1) map = std::make_shared<Map>(*map);
    return *map;
  }
  static Map::const_iterator end_of_prefix(const Map& map, std::string_view prefix) {
    std::string after(prefix);
    while (!after.empty() && static_cast<uint8_t>(after.back()) == 0xff) after.pop_back();
    if (after.empty()) return map.end();
    after.back() = static_cast<char>(after.back() + 1);
    return map.lower_bound(after);
  }

  SystemClock system_clock_;
  Clock* clock_;
  mutable std::mutex mutex_;
  std::array<std::shared_ptr<Map>, space_count> maps_;
  StoreStats stats_;
};

}  // namespace

std::unique_ptr<Store> open_memory_store(Clock* clock) {
  return std::make_unique<MemoryStore>(clock);
}

}  // namespace aizuchi::ground
