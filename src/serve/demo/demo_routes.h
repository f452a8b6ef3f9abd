// The sample's page over HTTP: the embedded page, its scenes as JSON, and the editor who tries to
// publish. The paths and shapes are those of docs/demo.md.
// Promises: nothing is loaded from anyone else (a strict Content-Security-Policy); an unknown path
// below /demo is answered with the usual error body. Threads: the stage's one. Cost: telling a
// scene, below a millisecond; an attempt to publish compiles the brand folder.
#pragma once

#include "serve/demo/demo_stage.h"
#include "serve/http/request.h"
#include "serve/http/response.h"

namespace aizuchi::serve {

class DemoRoutes {
 public:
  explicit DemoRoutes(DemoStage& stage) : stage_(stage) {}
  // Is this path the sample's ("/", "/demo/…")?
  static bool owns(std::string_view path);
  void handle(const Request& request, Responder responder);

 private:
  DemoStage& stage_;
  uint64_t answers_by_class_[6] = {};
};

}  // namespace aizuchi::serve
