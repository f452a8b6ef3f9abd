#include "ground/catalog/brand_folder.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "ground/base/bytes.h"
#include "ground/catalog/compile.h"
#include "ground/catalog/lint.h"
#include "ground/catalog/parse.h"

namespace aizuchi::ground {

namespace {

namespace fs = std::filesystem;

constexpr uint8_t format_version = 1;
constexpr uintmax_t file_bytes_max = 64 << 20;
constexpr size_t files_max = 10'000;

bool is_brand_file(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".yaml" || extension == ".yml" || extension == ".csv" ||
         extension == ".ndjson";
}

Result<std::string> read_file(const fs::path& path) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  if (!error && size > file_bytes_max)
    return fail(ErrorCode::too_large,
                fmt::format("{} is larger than {} bytes", path.string(), file_bytes_max));
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (error || !in) return fail(ErrorCode::not_found, fmt::format("cannot read {}", path.string()));
  return bytes;
}

}  // namespace

std::string BrandFiles::encode() const {
  ByteWriter out;
  out.u8(format_version);
  out.varint(files.size());
  for (const auto& [path, bytes] : files) {
    out.text(path);
    out.text(bytes);
  }
  return out.take();
}

Result<BrandFiles> BrandFiles::decode(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != format_version)
    return fail(ErrorCode::unsupported, "the brand folder is kept in a newer format",
                "use the version that wrote it");
  BrandFiles out;
  for (size_t n = in.count(2); n > 0 && in.ok(); --n) {
    const std::string_view path = in.text();
    out.files.insert_or_assign(std::string(path), std::string(in.text()));
  }
  if (!in.done()) return fail(ErrorCode::corrupted, "the kept brand folder's bytes do not check");
  return out;
}

Result<BrandFiles> read_brand_folder(const std::string& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error))
    return fail(ErrorCode::not_found, fmt::format("there is no brand folder {}", directory),
                "name the directory that holds brand.yaml");
  BrandFiles out;
  fs::recursive_directory_iterator it(directory, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const fs::path& path = it->path();
    if (path.filename().string().starts_with('.')) {  // .git, editors' backups
      if (it->is_directory(error)) it.disable_recursion_pending();
      continue;
    }
    if (!it->is_regular_file(error) || !is_brand_file(path)) continue;
    if (out.files.size() >= files_max)
      return fail(ErrorCode::too_large,
                  fmt::format("more than {} files in {}", files_max, directory));
    out.files[path.lexically_relative(directory).generic_string()] = TRY(read_file(path));
  }
  if (error)
    return fail(ErrorCode::not_found,
                fmt::format("cannot read {}: {}", directory, error.message()));
  return out;
}

void catalog::parse_all(Draft& draft) {
  parse_files(draft);
  parse_brand(draft);
  parse_creed(draft);
  parse_voice(draft);
  parse_purposes(draft);
  parse_felt(draft);
  parse_contexts(draft);
  parse_recipients(draft);
  parse_sources(draft);
  parse_facts(draft);
  parse_events(draft);
  parse_phases(draft);
  parse_concerns(draft);
  parse_audiences(draft);
  parse_population(draft);
  parse_slots(draft);
  parse_items(draft);
  parse_products(draft);
  parse_questions(draft);
}

Compiled compile_brand(const BrandFiles& files, Vocabulary& vocabulary, uint64_t version) {
  using namespace catalog;
  Draft draft(files, vocabulary);
  parse_all(draft);
  link_slots(draft);

  BrandEnvironment environment(draft);
  compile_rules(draft, environment);
  compile_copy(draft, environment);
  order_reads(draft, environment);
  lint_speaks(draft);
  lint_reach(draft);
  lint_words(draft);
  lint_content(draft);
  lint_coverage(draft);
  lint_promises(draft);
  lint_questions(draft);

  Compiled out;
  if (!draft.findings.errors()) {
    vocabulary = std::move(draft.vocabulary);
    auto snapshot = std::make_shared<Snapshot>(std::move(draft.out));
    snapshot->version = version;
    snapshot->build_index();
    out.snapshot = std::move(snapshot);
  }
  out.findings = draft.findings.take();
  return out;
}

}  // namespace aizuchi::ground
