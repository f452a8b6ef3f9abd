// How what is told of a thread becomes one with what is known of it. Where it stands is what the
// newest event says; of two at one moment, the one further on.
#include <algorithm>
#include <tuple>

#include "remember/ledger/person.h"

namespace aizuchi::remember {

namespace {

using ground::ThreadKind;
using ground::ThreadState;

void take(std::string& to, std::string& from) {
  if (!from.empty()) to = std::move(from);
}

// What it is about, from what told it last, and with that one's provenance.
void take_told(Thread& thread, Thread&& told) {
  if (!told.tells() || (thread.tells() && told.told_at < thread.told_at)) return;
  if (!told.topic.empty()) thread.heard = told.heard;
  take(thread.topic, told.topic);
  take(thread.product, told.product);
  take(thread.owner, told.owner);
  if (told.due != Instant::never()) thread.due = told.due;
  thread.told_at = told.told_at;
  thread.provenance = told.provenance;
  thread.evidence = told.evidence;
}

void unite_with(Thread& thread, Thread&& told) {
  const bool newer = told.changed_at != thread.changed_at ? told.changed_at > thread.changed_at
                                                          : told.state >= thread.state;
  if (newer) {
    // Opened anew it is what it is now said to be.
    thread.complaint =
        told.state == ThreadState::open ? told.complaint : thread.complaint || told.complaint;
    thread.state = told.state;
    thread.changed_at = told.changed_at;
  }
  thread.opened_at = std::min(thread.opened_at, told.opened_at);
  thread.expires_at = std::max(thread.expires_at, told.expires_at);
  take_told(thread, std::move(told));
}

// The first to go: resolved, then answered, then open; our own promises last.
auto worth(const Thread& thread) {
  const bool promised = thread.kind == ThreadKind::promise && thread.state != ThreadState::resolved;
  return std::tuple(promised, -static_cast<int>(thread.state), thread.changed_at);
}

}  // namespace

void PersonState::keep(Thread thread) {
  const auto same = std::ranges::find_if(threads, [&](const Thread& each) {
    return each.kind == thread.kind && each.key == thread.key;
  });
  if (same != threads.end()) return unite_with(*same, std::move(thread));
  threads.push_back(std::move(thread));
  if (threads.size() > threads_max) threads.erase(std::ranges::min_element(threads, {}, worth));
}

}  // namespace aizuchi::remember
