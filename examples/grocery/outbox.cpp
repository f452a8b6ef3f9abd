#include "outbox.h"

namespace grocery {

bool Outbox::begin(std::string file, std::string source) {
  const bool sent = flush();
  file_ = std::move(file);
  source_ = std::move(source);
  accepted_ = accepted_in_part_ = no_basis_ = 0;
  return sent;
}

bool Outbox::add(const std::string& event, size_t line) {
  if (!events_.empty()) events_ += ',';
  events_ += event;
  lines_.push_back(line);
  return lines_.size() < batch_events || flush();
}

bool Outbox::flush() {
  if (lines_.empty()) return problem_.empty();
  const auto outcome = engine_.ingest("{\"batch\":[" + events_ + "]}", source_);
  engine_.tick();
  if (!outcome) {
    problem_ = file_ + ": " + outcome.error().message + ". " + outcome.error().hint;
    return false;
  }
  const auto refuse = [&](size_t index, const std::string& expected) {
    errors_.add({file_, lines_.at(index), "", "the row's event", expected});
  };
  for (const auto& refused : outcome->refused) refuse(refused.index, refused.what);
  for (const size_t index : outcome->traits_refused)
    refuse(index, "values that facts.yaml lists; the others of this row are kept");
  accepted_ += outcome->accepted;
  accepted_in_part_ += outcome->traits_refused.size();
  no_basis_ += outcome->no_basis;
  sent_ += lines_.size();
  events_.clear();
  lines_.clear();
  return true;
}

}  // namespace grocery
