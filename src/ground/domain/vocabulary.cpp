#include "ground/domain/vocabulary.h"

#include <fmt/format.h>

#include "ground/base/bytes.h"

namespace aizuchi::ground {

namespace {
constexpr uint8_t format_version = 1;
constexpr std::string_view table_words[] = {"purpose", "context", "fact",     "event",
                                            "notice",  "source",  "aggregate"};

void encode_provenance(ByteWriter& out, const Provenance& p) {
  out.varint(p.collected_in.index);
  out.varint(p.purposes.bits);
  out.varint(p.notice.index);
  out.varint(p.source.index);
  out.u8(static_cast<uint8_t>(p.method));
  out.u8(static_cast<uint8_t>(p.subject));
  out.u8(static_cast<uint8_t>(p.channel));
  out.u8(static_cast<uint8_t>(p.viewer_min));
}

Provenance decode_provenance(ByteReader& in) {
  Provenance p;
  p.collected_in = {static_cast<uint16_t>(in.varint())};
  p.purposes = {in.varint()};
  p.notice = {static_cast<uint16_t>(in.varint())};
  p.source = {static_cast<uint16_t>(in.varint())};
  const uint8_t method = in.u8();
  const uint8_t subject = in.u8();
  const uint8_t channel = in.u8();
  const uint8_t viewer_min = in.u8();
  if (method > 4 || subject > 3 || channel > 5 || viewer_min > 3) in.spoil();
  p.method = static_cast<Method>(method);
  p.subject = static_cast<Subject>(subject);
  p.channel = static_cast<Channel>(channel);
  p.viewer_min = static_cast<Assurance>(viewer_min);
  return p;
}
}  // namespace

Result<uint16_t> Vocabulary::intern(Table table, std::string_view name) {
  const auto t = static_cast<size_t>(table);
  if (const auto found = find(table, name)) return *found;
  const size_t max = table == Table::purpose ? 64 : 65'534;
  if (names_[t].size() >= max)
    return fail(ErrorCode::too_large, fmt::format("more than {} {} names", max, table_words[t]),
                "names stay taken for the life of a data directory");
  const auto index = static_cast<uint16_t>(names_[t].size());
  names_[t].emplace_back(name);
  index_[t].emplace(name, index);
  ++changes_;
  return index;
}

std::optional<uint16_t> Vocabulary::find(Table table, std::string_view name) const {
  const auto& index = index_[static_cast<size_t>(table)];
  const auto it = index.find(name);
  if (it == index.end()) return std::nullopt;
  return it->second;
}

const std::string& Vocabulary::name(Table table, uint16_t index) const {
  const auto& names = names_[static_cast<size_t>(table)];
  AIZ_ASSERT(index < names.size());
  return names[index];
}

Result<ProvenanceId> Vocabulary::intern(const Provenance& provenance) {
  const auto it = provenance_index_.find(provenance);
  if (it != provenance_index_.end()) return ProvenanceId{it->second};
  if (provenances_.size() >= 65'534)
    return fail(ErrorCode::too_large, "more than 65,534 provenance tuples");
  const auto index = static_cast<uint16_t>(provenances_.size());
  provenances_.push_back(provenance);
  provenance_index_.emplace(provenance, index);
  ++provenances_by_source_[provenance.source];
  ++changes_;
  return ProvenanceId{index};
}

size_t Vocabulary::provenances_of(SourceId source) const {
  const auto at = provenances_by_source_.find(source);
  return at == provenances_by_source_.end() ? 0 : at->second;
}

const Provenance& Vocabulary::provenance(ProvenanceId id) const {
  AIZ_ASSERT(id.index < provenances_.size());
  return provenances_[id.index];
}

void Vocabulary::adopt_names(const Vocabulary& later) {
  for (size_t t = 0; t < tables; ++t) {
    AIZ_ASSERT(later.names_[t].size() >= names_[t].size());
    changes_ += later.names_[t].size() - names_[t].size();
    names_[t] = later.names_[t];
    index_[t] = later.index_[t];
  }
}

std::string Vocabulary::encode() const {
  ByteWriter out;
  out.u8(format_version);
  for (const auto& names : names_) {
    out.varint(names.size());
    for (const std::string& name : names) out.text(name);
  }
  out.varint(provenances_.size());
  for (const Provenance& p : provenances_) encode_provenance(out, p);
  return out.take();
}

Result<Vocabulary> Vocabulary::decode(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != format_version)
    return fail(ErrorCode::unsupported, "the vocabulary is in a newer format",
                "use the version that wrote it");
  Vocabulary out;
  for (size_t t = 0; t < tables; ++t)
    for (size_t n = in.count(); n > 0 && in.ok(); --n)
      TRY(out.intern(static_cast<Table>(t), in.text()));
  for (size_t n = in.count(8); n > 0 && in.ok(); --n) TRY(out.intern(decode_provenance(in)));
  if (!in.done()) return fail(ErrorCode::corrupted, "the vocabulary's bytes do not check");
  out.changes_ = 0;
  return out;
}

}  // namespace aizuchi::ground
