#include "respect/admission/recording.h"

#include <algorithm>

namespace aizuchi::respect {

using ground::ByteReader;
using ground::ByteWriter;

namespace {

void encode_source(ByteWriter& out, const SourceLine& source) {
  out.u8(static_cast<uint8_t>(source.method));
  out.u8(static_cast<uint8_t>(source.subject));
  out.varint(source.collected_in.index);
  out.varint(source.source.index);
  out.zigzag(source.at.ms);
  out.varint(source.evidence);
}

template <typename Enum>
Enum get_enum(ByteReader& in, Enum last) {
  const uint8_t raw = in.u8();
  if (raw > static_cast<uint8_t>(last)) in.spoil();
  return static_cast<Enum>(raw);
}

SourceLine decode_source(ByteReader& in) {
  SourceLine source;
  source.method = get_enum(in, ground::Method::inferred);
  source.subject = get_enum(in, ground::Subject::company);
  source.collected_in = {static_cast<uint16_t>(in.varint())};
  source.source = {static_cast<uint16_t>(in.varint())};
  source.at = {in.zigzag()};
  source.evidence = in.varint();
  return source;
}

RecordedRead decode_read(ByteReader& in) {
  RecordedRead read;
  read.read = static_cast<ground::ReadId>(in.varint());
  read.value = ground::decode_value(in);
  read.level = get_enum(in, ground::Level::say);
  read.lowered_by = get_enum(in, Refusal::felt_odd);
  read.relation = get_enum(in, Relation::outside);
  read.source = decode_source(in);
  const uint8_t flags = in.u8();
  read.sensitive = (flags & 1) != 0;
  read.impersonal = (flags & 2) != 0;
  return read;
}

}  // namespace

void Recording::encode(ByteWriter& out, const Admission& admission) {
  const auto& ids = admission.slot().reads;
  const auto present = [&](ground::ReadId id) { return admission.find(id) != nullptr; };
  out.varint(static_cast<uint64_t>(std::ranges::count_if(ids, present)));
  for (const ground::ReadId id : ids) {
    const Admitted* read = admission.find(id);
    if (read == nullptr) continue;
    out.varint(id);
    ground::encode(out, read->value());
    out.u8(static_cast<uint8_t>(read->level()));
    out.u8(static_cast<uint8_t>(read->lowered_by()));
    out.u8(static_cast<uint8_t>(read->relation()));
    encode_source(out, read->source());
    out.u8(static_cast<uint8_t>((read->sensitive() ? 1 : 0) | (read->impersonal() ? 2 : 0)));
  }
  out.varint(admission.withheld().size());
  for (const Withheld& withheld : admission.withheld()) {
    out.varint(withheld.read);
    out.u8(static_cast<uint8_t>(withheld.level));
    out.u8(static_cast<uint8_t>(withheld.why));
  }
}

Recording Recording::decode(ByteReader& in, ground::ItemKey slot) {
  Recording out;
  out.slot_ = slot;
  for (size_t n = in.count(12); n > 0 && in.ok(); --n) out.reads_.push_back(decode_read(in));
  for (size_t n = in.count(3); n > 0 && in.ok(); --n) {
    Withheld withheld;
    withheld.read = static_cast<ground::ReadId>(in.varint());
    withheld.level = get_enum(in, ground::Level::say);
    withheld.why = get_enum(in, Refusal::felt_odd);
    out.withheld_.push_back(withheld);
  }
  return out;
}

}  // namespace aizuchi::respect
