// The small world every row is measured in: a brand folder in memory (one slot with 20 items whose
// rules together read 30 facts and several counts, another slot for freshness), and people who have
// all 30 facts and some behaviour. Everything comes from fixed seeds: two runs ask the same things.
// Threads: one, the partition's. Cost: about 100 µs a person.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "serve/partition/partition.h"

namespace aizuchi::bench {

constexpr size_t facts = 30;
constexpr size_t items = 20;
constexpr std::string_view page_key = "pk_bench_page";  // of the web source: behaviour
constexpr std::string_view form_key = "pk_bench_form";  // of the form source: stated facts
constexpr std::string_view hero_slot = "home.hero";     // 20 items, explores
constexpr std::string_view fresh_slot = "home.fresh";   // two items, no dice
constexpr std::string_view fresh_item = "fresh-after";  // chosen once a 'fresh' view is known

// With `page_slots` further slots (page_slot(0) …), each like the hero with items of its own.
enum class Learning : uint8_t { off, on };  // on: everyone allows `improve`, the hero learns
void collect_for_improve(ground::BrandFiles& brand);  // what is told is for learning too
ground::BrandFiles brand(size_t page_slots = 0, Learning learning = Learning::off);
std::string page_slot(size_t number);
std::string person_id(size_t person);  // an anonymous id

// An identify with all 30 facts.
std::string identify_body(size_t person);
// A track event of 1,024 bytes. `serial` makes its messageId, 16 hex digits.
std::string track_body(size_t person, uint64_t serial);
// {"batch":[…]} of them.
std::string batch_body(size_t first_person, size_t people, size_t events);
// Gives every event of a batch body a messageId of its own, in place.
void renumber(std::string& batch, uint64_t& serial);

class World {
 public:
  // As in Options: without a directory everything is in memory, with one it is a synced store
  // there.
  explicit World(serve::Options options, size_t page_slots = 0, Learning learning = Learning::off);
  // Facts, five events and, where a rule needs them, orders, for people 0 … n-1.
  void people(size_t n);
  // Sends a body and waits for its fsync; a refusal is a bug of the bench.
  void send(const std::string& body, const serve::Key& key);
  serve::Ask question(size_t person) const;

  std::unique_ptr<serve::Partition> partition;
  serve::Key page, form;
};

}  // namespace aizuchi::bench
