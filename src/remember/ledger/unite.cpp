#include "remember/ledger/unite.h"

#include <algorithm>

namespace aizuchi::remember {

namespace {

// Both by time, the newest of them as many as there is room for.
template <typename T>
void unite_by_time(std::vector<T>& list, std::vector<T> more, size_t max) {
  for (T& each : more)
    list.insert(std::ranges::upper_bound(list, each.at, {}, &T::at), std::move(each));
  if (list.size() > max)
    list.erase(list.begin(), list.begin() + static_cast<ptrdiff_t>(list.size() - max));
}

void unite_visits(PersonState& person, const PersonState& device, const Uniting& how) {
  for (const VisitCount& visit : device.visits) {
    const ground::ProvenanceId provenance = how.provenance(visit.provenance);
    const auto same = std::ranges::find(person.visits, provenance, &VisitCount::provenance);
    if (same != person.visits.end())
      same->count += visit.count;
    else if (person.visits.size() < PersonState::visits_max)
      person.visits.push_back({provenance, visit.count});
  }
  person.visit_last_at = std::max(person.visit_last_at, device.visit_last_at);
}

// Of a product in both carts as much as there is more of; nothing that was ordered since.
void unite_carts(PersonState& person, const PersonState& device, const Uniting& how) {
  for (CartLine line : device.cart) {
    line.provenance = how.provenance(line.provenance);
    const ground::ItemKey key = ground::item_key("product", line.product);
    const bool ordered = std::ranges::any_of(
        person.bought, [&](const Bought& b) { return b.product == key && b.at > line.at; });
    if (ordered) continue;
    const auto same = std::ranges::find(person.cart, line.product, &CartLine::product);
    if (same != person.cart.end()) {
      same->quantity = std::max(same->quantity, line.quantity);
      same->at = std::max(same->at, line.at);
    } else if (person.cart.size() < PersonState::cart_lines_max) {
      person.cart.push_back(std::move(line));
    }
  }
}

// Was something decided for them in the visit that goes on, and when were they first shown it?
struct Began {
  Instant shown = Instant::never();
  bool here = false;
};

Began began(const PersonState& state, Instant now) {
  const Instant said_last = state.said.empty() ? Instant{INT64_MIN} : state.said.back().at;
  Instant from = std::max(state.visit_last_at, said_last);
  Began out;
  if (from.ms == INT64_MIN || now.ms - from.ms > visit_pause.ms) return out;
  for (auto said = state.said.rbegin(); said != state.said.rend(); ++said) {
    if (from.ms - said->at.ms > visit_pause.ms) break;
    from = std::min(from, said->at);
    out.here = true;
    if (said->exposed) out.shown = said->at;
  }
  return out;
}

// Before the two are one: the dice that fall for both from now on. The page that is open was the
// device's, so of two who were shown nothing the device's go on.
std::pair<ground::PersonId, uint32_t> whose_dice(const PersonState& person,
                                                 const PersonState& device, Instant now) {
  const Began here = began(person, now), there = began(device, now);
  const bool persons = here.here && (!there.here || here.shown < there.shown);
  return persons || !there.here ? person.dice_at(now) : device.dice_at(now);
}

}  // namespace

void unite(PersonState& person, const PersonState& device, const Uniting& how) {
  // Each member is named, so that a new one does not compile before it was thought of here.
  const auto& [id, applied, aggregates_as_of, created_at, identifiers, facts, consents, aggregates,
               visits, visit_last_at, cart, said, said_elsewhere, seen, bought, held_choice,
               complained, objections, threads, wishes, pause, frequencies, past_consents] = device;
  const auto dice = whose_dice(person, device, how.now);
  person.created_at = std::min(person.created_at, created_at);
  for (Fact fact : facts) {
    const ground::Provenance& told = how.provenances.provenance(fact.provenance);
    fact.provenance = how.provenance(fact.provenance);
    fact.evidence = how.evidence(fact.evidence);
    person.keep(std::move(fact), told.method, told.collected_in, how.provenances);
  }
  for (Consent consent : consents) {
    if (consent.granted) continue;
    consent.evidence = how.evidence(consent.evidence);
    person.keep(consent);
  }
  for (Objection objection : objections) {
    objection.evidence = how.evidence(objection.evidence);
    person.keep(std::move(objection));
  }
  for (Thread thread : threads) {
    thread.provenance = how.provenance(thread.provenance);
    thread.evidence = how.evidence(thread.evidence);
    person.keep(std::move(thread));
  }
  std::vector<Wish> told = wishes;
  for (Wish& wish : told) wish.evidence = how.evidence(wish.evidence);
  unite_by_time(person.wishes, std::move(told), PersonState::wishes_max);
  if (pause.at != Instant{INT64_MIN}) person.keep(pause);
  for (const Frequency& frequency : frequencies) person.keep(frequency);
  // What was said before at the device was its holder's, and is in the log.
  (void)past_consents;
  unite_visits(person, device, how);
  unite_by_time(person.bought, bought, PersonState::bought_max);
  unite_by_time(person.complained, complained, PersonState::complained_max);
  unite_carts(person, device, how);
  unite_by_time(person.said, said, PersonState::said_max);
  std::vector<SaidElsewhere> elsewhere = said_elsewhere;
  for (SaidElsewhere& each : elsewhere) each.evidence = how.evidence(each.evidence);
  unite_by_time(person.said_elsewhere, std::move(elsewhere), PersonState::said_elsewhere_max);
  std::vector<Seen> products = seen;
  for (Seen& each : products) each.provenance = how.provenance(each.provenance);
  unite_by_time(person.seen, std::move(products), PersonState::seen_max);
  person.held_choice = {dice.first, dice.second, person.visit_at(how.now)};
}

}  // namespace aizuchi::remember
