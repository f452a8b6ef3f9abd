// The stored form of a person's state; byte by byte in docs/formats.md.
#include "ground/base/bytes.h"
#include "remember/ledger/person.h"

namespace aizuchi::remember {

using ground::ByteReader;
using ground::ByteWriter;
using ground::ErrorCode;

namespace {

// 1: without what was said elsewhere; 2: without what chance chose for a device; 3: without what
// was complained of and objected to; 4: without threads, what was told for a while, caps of the
// person's own, and past consents.
constexpr uint8_t state_format = 5;

void put(ByteWriter& out, Instant t) {
  out.zigzag(t.ms);
}
void put(ByteWriter& out, ground::ProvenanceId id) {
  out.varint(id.index);
}
Instant get_instant(ByteReader& in) {
  return {in.zigzag()};
}
ground::ProvenanceId get_provenance(ByteReader& in) {
  return {static_cast<uint16_t>(in.varint())};
}

// Instants that are mostly "never" or "not yet" take one byte then.
void put_open(ByteWriter& out, Instant t, Instant open) {
  out.u8(t == open ? 0 : 1);
  if (t != open) out.zigzag(t.ms);
}
Instant get_open(ByteReader& in, Instant open) {
  return in.u8() == 0 ? open : get_instant(in);
}

// A list of things of at least `bytes_min` each, in memory of just their size: states are kept in
// RAM as they were decoded.
template <typename T, typename Decode>
void get_list(ByteReader& in, size_t bytes_min, std::vector<T>& items, const Decode& decode) {
  const size_t n = in.count(bytes_min);
  items.reserve(n);
  for (size_t i = 0; i < n && in.ok(); ++i) items.push_back(decode(in));
}

void encode_fact(ByteWriter& out, const Fact& fact) {
  out.varint(fact.key.index);
  put(out, fact.provenance);
  ground::encode(out, fact.value);
  put(out, fact.at);
  out.zigzag(fact.received_at.ms - fact.at.ms);
  put_open(out, fact.expires_at, Instant::never());
  out.varint(fact.evidence);
}

Fact decode_fact(ByteReader& in) {
  Fact fact;
  fact.key = {static_cast<uint16_t>(in.varint())};
  fact.provenance = get_provenance(in);
  fact.value = ground::decode_value(in);
  fact.at = get_instant(in);
  fact.received_at = {
      static_cast<int64_t>(static_cast<uint64_t>(fact.at.ms) + static_cast<uint64_t>(in.zigzag()))};
  fact.expires_at = get_open(in, Instant::never());
  fact.evidence = in.varint();
  return fact;
}

void encode_consent(ByteWriter& out, const Consent& consent) {
  out.u8(consent.purpose.index);
  out.u8(consent.granted ? 1 : 0);
  put(out, consent.at);
  out.be64(consent.text_hash);
  out.varint(consent.notice.index);
  out.u8(static_cast<uint8_t>(consent.proof));
  out.varint(consent.evidence);
}

Consent decode_consent(ByteReader& in) {
  Consent consent;
  consent.purpose = {in.u8()};
  consent.granted = in.u8() != 0;
  consent.at = get_instant(in);
  consent.text_hash = in.be64();
  consent.notice = {static_cast<uint16_t>(in.varint())};
  const uint8_t proof = in.u8();
  if (proof > static_cast<uint8_t>(ground::Assurance::a3)) in.spoil();
  consent.proof = static_cast<ground::Assurance>(proof);
  consent.evidence = in.varint();
  return consent;
}

void encode_aggregate(ByteWriter& out, const Aggregate& aggregate) {
  out.varint(aggregate.id.index);
  out.u8(aggregate.warming ? 1 : 0);
  out.varint(aggregate.series.size());
  for (const Series& series : aggregate.series) {
    out.text(series.value);
    out.varint(series.buckets.size());
    int32_t before = 0;
    for (const Bucket& b : series.buckets) {
      out.zigzag(b.hour - before);
      before = b.hour;
      out.u8(b.day ? 1 : 0);
      put(out, b.provenance);
      out.varint(b.count);
      out.f64(b.sum);
    }
  }
  out.varint(aggregate.ends.size());
  for (const Ends& ends : aggregate.ends) {
    put(out, ends.provenance);
    put(out, ends.first);
    put(out, ends.last);
  }
}

Series decode_series(ByteReader& in) {
  Series series;
  series.value = in.text();
  int32_t before = 0;
  get_list(in, 12, series.buckets, [&](ByteReader&) {
    Bucket b;
    b.hour =
        static_cast<int32_t>(static_cast<uint32_t>(before) + static_cast<uint32_t>(in.zigzag()));
    before = b.hour;
    b.day = in.u8() != 0;
    b.provenance = get_provenance(in);
    b.count = static_cast<uint32_t>(in.varint());
    b.sum = in.f64();
    return b;
  });
  return series;
}

Aggregate decode_aggregate(ByteReader& in) {
  Aggregate aggregate;
  aggregate.id = {static_cast<uint16_t>(in.varint())};
  aggregate.warming = in.u8() != 0;
  get_list(in, 2, aggregate.series, decode_series);
  get_list(in, 3, aggregate.ends, [](ByteReader& from) {
    const ground::ProvenanceId provenance = get_provenance(from);
    const Instant first = get_instant(from);
    return Ends{provenance, first, get_instant(from)};
  });
  return aggregate;
}

void encode_activity(ByteWriter& out, const PersonState& state) {
  out.varint(state.visits.size());
  for (const VisitCount& v : state.visits) {
    put(out, v.provenance);
    out.varint(v.count);
  }
  put_open(out, state.visit_last_at, Instant{INT64_MIN});
  out.varint(state.cart.size());
  for (const CartLine& line : state.cart) {
    out.text(line.product);
    out.f64(line.price);
    out.zigzag(line.quantity);
    put(out, line.at);
    put(out, line.provenance);
  }
  out.varint(state.said.size());
  for (const Said& said : state.said) {
    out.be64(said.item);
    out.be64(said.slot);
    out.be64(said.decision);
    put(out, said.at);
    out.u8(static_cast<uint8_t>((said.exposed ? 1 : 0) | (said.clicked ? 2 : 0) |
                                (said.converted ? 4 : 0) | (said.no_lesson ? 8 : 0) |
                                (said.machine & 15) << 4));
  }
  out.varint(state.seen.size());
  for (const Seen& seen : state.seen) {
    out.be64(seen.product);
    put(out, seen.at);
    put(out, seen.provenance);
  }
  out.varint(state.bought.size());
  for (const Bought& bought : state.bought) {
    out.be64(bought.product);
    put(out, bought.at);
  }
}

CartLine decode_cart_line(ByteReader& in) {
  CartLine line;
  line.product = in.text();
  line.price = in.f64();
  line.quantity = in.zigzag();
  line.at = get_instant(in);
  line.provenance = get_provenance(in);
  return line;
}

Said decode_said(ByteReader& in) {
  const ground::ItemKey item = in.be64();
  const ground::ItemKey slot = in.be64();
  const uint64_t decision = in.be64();
  const Instant at = get_instant(in);
  const uint8_t came = in.u8();
  return {item,
          slot,
          decision,
          at,
          (came & 1) != 0,
          (came & 2) != 0,
          (came & 4) != 0,
          static_cast<uint8_t>(came >> 4),
          (came & 8) != 0};
}

void decode_activity(ByteReader& in, PersonState& state) {
  get_list(in, 2, state.visits, [](ByteReader& from) {
    const ground::ProvenanceId provenance = get_provenance(from);
    return VisitCount{provenance, static_cast<uint32_t>(from.varint())};
  });
  state.visit_last_at = get_open(in, Instant{INT64_MIN});
  get_list(in, 12, state.cart, decode_cart_line);
  get_list(in, 26, state.said, decode_said);
  get_list(in, 10, state.seen, [](ByteReader& from) {
    const ground::ItemKey product = from.be64();
    const Instant at = get_instant(from);
    return Seen{product, at, get_provenance(from)};
  });
  get_list(in, 9, state.bought, [](ByteReader& from) {
    const ground::ItemKey product = from.be64();
    return Bought{product, get_instant(from)};
  });
}

void encode_said_elsewhere(ByteWriter& out, const PersonState& state) {
  out.varint(state.said_elsewhere.size());
  for (const SaidElsewhere& said : state.said_elsewhere) {
    out.be64(said.key);
    out.u8(said.topic ? 1 : 0);
    out.text(said.what);
    out.text(said.channel);
    out.text(said.by);
    put(out, said.at);
    out.varint(said.evidence);
  }
}

SaidElsewhere decode_said_elsewhere(ByteReader& in) {
  SaidElsewhere said;
  said.key = in.be64();
  said.topic = in.u8() != 0;
  said.what = in.text();
  said.channel = in.text();
  said.by = in.text();
  said.at = get_instant(in);
  said.evidence = in.varint();
  return said;
}

HeldChoice decode_held_choice(ByteReader& in) {
  HeldChoice held{.holds_for = static_cast<uint32_t>(in.varint())};
  if (held.holds_for == 0) return held;
  if (const auto whose = ground::PersonId::from_bytes(in.bytes(16))) held.whose = *whose;
  held.visit = static_cast<uint32_t>(in.varint());
  return held;
}

void encode_objection(ByteWriter& out, const Objection& objection) {
  out.text(objection.name);
  out.u8(objection.purpose.index);
  out.u8(objection.holds ? 1 : 0);
  put(out, objection.at);
  out.varint(objection.evidence);
}

Objection decode_objection(ByteReader& in) {
  Objection objection;
  objection.name = in.text();
  objection.purpose = {in.u8()};
  objection.holds = in.u8() != 0;
  objection.at = get_instant(in);
  objection.evidence = in.varint();
  return objection;
}

template <typename Enum>
Enum get_enum(ByteReader& in, Enum last) {
  const uint8_t raw = in.u8();
  if (raw > static_cast<uint8_t>(last)) in.spoil();
  return static_cast<Enum>(raw);
}

void encode_thread(ByteWriter& out, const Thread& thread) {
  out.u8(static_cast<uint8_t>(thread.kind));
  out.u8(static_cast<uint8_t>(thread.state));
  out.u8(static_cast<uint8_t>((thread.complaint ? 1 : 0) | (thread.heard ? 2 : 0)));
  for (const auto* text : {&thread.key, &thread.topic, &thread.product, &thread.owner})
    out.text(*text);
  put(out, thread.opened_at);
  put(out, thread.changed_at);
  put(out, thread.told_at);
  put_open(out, thread.due, Instant::never());
  put_open(out, thread.expires_at, Instant::never());
  put(out, thread.provenance);
  out.varint(thread.evidence);
}

Thread decode_thread(ByteReader& in) {
  Thread thread;
  thread.kind = get_enum(in, ground::ThreadKind::promise);
  thread.state = get_enum(in, ground::ThreadState::resolved);
  const uint8_t flags = in.u8();
  thread.complaint = (flags & 1) != 0;
  thread.heard = (flags & 2) != 0;
  for (auto* text : {&thread.key, &thread.topic, &thread.product, &thread.owner}) *text = in.text();
  thread.opened_at = get_instant(in);
  thread.changed_at = get_instant(in);
  thread.told_at = get_instant(in);
  thread.due = get_open(in, Instant::never());
  thread.expires_at = get_open(in, Instant::never());
  thread.provenance = get_provenance(in);
  thread.evidence = in.varint();
  return thread;
}

void encode_wish(ByteWriter& out, const Wish& wish) {
  out.u8(static_cast<uint8_t>(wish.what));
  out.text(wish.product);
  put(out, wish.at);
  put(out, wish.from);
  put(out, wish.until);
  out.varint(wish.evidence);
}

Wish decode_wish(ByteReader& in) {
  Wish wish;
  const uint8_t what = in.u8();
  if (what > static_cast<uint8_t>(Wish::What::gift)) in.spoil();
  wish.what = static_cast<Wish::What>(what);
  wish.product = in.text();
  wish.at = get_instant(in);
  wish.from = get_instant(in);
  wish.until = get_instant(in);
  wish.evidence = in.varint();
  return wish;
}

// Whoever wished for nothing takes three bytes.
void encode_limits(ByteWriter& out, const PersonState& state) {
  put_open(out, state.pause.at, Instant{INT64_MIN});
  if (state.pause.at != Instant{INT64_MIN}) {
    put(out, state.pause.from);
    put(out, state.pause.until);
  }
  out.varint(state.frequencies.size());
  for (const Frequency& each : state.frequencies) {
    out.u8(static_cast<uint8_t>(each.channel));
    out.varint(each.times);
    out.zigzag(each.per.ms);
    put(out, each.at);
  }
  out.varint(state.past_consents.size());
  for (const Consent& consent : state.past_consents) encode_consent(out, consent);
}

Frequency decode_frequency(ByteReader& in) {
  Frequency out;
  const uint8_t channel = in.u8();
  if (channel > static_cast<uint8_t>(ground::Channel::api)) in.spoil();
  out.channel = static_cast<ground::Channel>(channel);
  out.times = static_cast<uint32_t>(in.varint());
  out.per = {in.zigzag()};
  out.at = get_instant(in);
  return out;
}

void decode_limits(ByteReader& in, PersonState& state) {
  state.pause.at = get_open(in, Instant{INT64_MIN});
  if (state.pause.at != Instant{INT64_MIN}) {
    state.pause.from = get_instant(in);
    state.pause.until = get_instant(in);
  }
  get_list(in, 4, state.frequencies, decode_frequency);
  get_list(in, 14, state.past_consents, decode_consent);
}

}  // namespace

std::string encode(const PersonState& state) {
  ByteWriter out;
  out.u8(state_format);
  out.bytes(state.id.bytes());
  out.varint(state.applied);
  out.varint(state.aggregates_as_of);
  put(out, state.created_at);
  out.varint(state.identifiers.size());
  for (const Identifier& identifier : state.identifiers) {
    out.text(identifier.kind);
    out.text(identifier.value);
  }
  out.varint(state.facts.size());
  for (const Fact& fact : state.facts) encode_fact(out, fact);
  out.varint(state.consents.size());
  for (const Consent& consent : state.consents) encode_consent(out, consent);
  out.varint(state.aggregates.size());
  for (const Aggregate& aggregate : state.aggregates) encode_aggregate(out, aggregate);
  encode_activity(out, state);
  encode_said_elsewhere(out, state);
  out.varint(state.held_choice.holds_for);
  if (state.held_choice.holds_for != 0) {
    out.bytes(state.held_choice.whose.bytes());
    out.varint(state.held_choice.visit);
  }
  out.varint(state.complained.size());
  for (const Complained& complained : state.complained) {
    out.be64(complained.product);
    put(out, complained.at);
  }
  out.varint(state.objections.size());
  for (const Objection& each : state.objections) encode_objection(out, each);
  out.varint(state.threads.size());
  for (const Thread& thread : state.threads) encode_thread(out, thread);
  out.varint(state.wishes.size());
  for (const Wish& wish : state.wishes) encode_wish(out, wish);
  encode_limits(out, state);
  return out.take();
}

ground::Result<PersonState> decode_person(std::string_view bytes) {
  ByteReader in(bytes);
  const uint8_t format = in.u8();
  if (format == 0 || format > state_format)
    return ground::fail(ErrorCode::unsupported, "a person's state is in a newer format",
                        "use the version that wrote it");
  PersonState state;
  if (const auto id = ground::PersonId::from_bytes(in.bytes(16))) state.id = *id;
  state.applied = in.varint();
  state.aggregates_as_of = in.varint();
  state.created_at = get_instant(in);
  get_list(in, 2, state.identifiers, [](ByteReader& from) {
    std::string kind(from.text());
    return Identifier{std::move(kind), std::string(from.text())};
  });
  get_list(in, 7, state.facts, decode_fact);
  get_list(in, 14, state.consents, decode_consent);
  get_list(in, 4, state.aggregates, decode_aggregate);
  decode_activity(in, state);
  if (format >= 2) get_list(in, 14, state.said_elsewhere, decode_said_elsewhere);
  if (format >= 3) state.held_choice = decode_held_choice(in);
  if (format >= 4) {
    get_list(in, 9, state.complained, [](ByteReader& from) {
      const ground::ItemKey product = from.be64();
      return Complained{product, get_instant(from)};
    });
    get_list(in, 5, state.objections, decode_objection);
  }
  if (format >= 5) {
    get_list(in, 14, state.threads, decode_thread);
    get_list(in, 6, state.wishes, decode_wish);
    decode_limits(in, state);
  }
  if (!in.done()) return ground::fail(ErrorCode::corrupted, "a person's state does not check");
  return state;
}

}  // namespace aizuchi::remember
