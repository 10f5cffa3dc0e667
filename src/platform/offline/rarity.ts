// The 2,000 commonest English words, commonest first: how little a word says about its topic when no corpus is at hand.
// Source: the order of the lower-case words in the vocabulary of BERT (Devlin et al. 2018, Apache-2.0), which follows frequency.
import { stemWord } from '../../core/text/analyze.ts'

const COMMON = (
  'the of and in to was he is as for on with that it his by at from her she you had an were but be this are not ' +
  'my they one which or have him me first all also their has up who out been when after there into new two its ' +
  'time would no what about said we over then other so more can if like back them only some could where just ' +
  'during before do made school through than now years most world may between down well three year while will ' +
  'later city under around did such being used state people part know against your many second university both ' +
  'national these don known off way until re how even get head didn team american because de born united film ' +
  'since still long work south us became any high again day family see right man eyes house season war states ' +
  'including took life north same each called name much place however go four group another found won area here ' +
  'going away series left home music best make hand number company several never last john very album take end ' +
  'good too following released game played little began district old want those side held own early county ll ' +
  'league use west face think government march came small general town june line based something september ' +
  'thought looked along international air july club went january october our august april york few east show ' +
  'member college father public come men five set station church next former november room party located ' +
  'december age got system let love though every look song water century without body black night within great ' +
  'women single ve building large population river named band white started once should service top built ' +
  'british open death king moved local times children february book why door need president order final road ' +
  'wasn although due major died village third knew asked turned st wanted say together received main son served ' +
  'different behind himself felt members power football law voice play near park history having saw mother army ' +
  'point front help english street art late hands games award young put published country division across told ' +
  'often ever french london center six red led days include light find tell among species really according ' +
  'central half form original gave office making enough lost full opened must included live given german player ' +
  'run business woman community cup might million land court development short round ii km seen class story ' +
  'always become sure research almost director council la career things using island couldn car close force ' +
  'better free support control field students education married nothing worked others record big inside level ' +
  'anything continued give james military established non returned feel does title written thing feet william ' +
  'far co association hard already championship human western department hall role various production heart ' +
  'living fire version television royal produced working act case society region present radio period looking ' +
  'least total keep england wife program per brother mind special am works soon political george services taken ' +
  'created further able reached david union joined upon done important social information either appeared ' +
  'position ground lead rock dark election board france hair course arms site police girl instead real sound ' +
  'words moment someone summer project announced san less wrote past followed blue founded al finally india ' +
  'taking records america design considered northern god stop battle toward european outside described track ' +
  'today playing language call heard professional low australia miles california win yet green trying blood ' +
  'southern science maybe everything match square mouth video race recorded leave above daughter points space ' +
  'museum change middle common move tv post lake seven tried elected closed ten paul minister months start ' +
  'chief return canada person sea release similar modern brought rest hit formed mr floor event doing thomas ' +
  'robert care killed training star week needed turn finished railway rather news health sent example ran term ' +
  'michael coming currently yes forces despite gold areas stage fact dead says popular originally germany ' +
  'probably developed result pulled friend stood money running mi signed word songs child eventually met tour ' +
  'average teams minutes festival current deep kind decided usually eastern seemed episode bed added table ' +
  'indian private charles route available idea throughout centre addition appointed style books eight ' +
  'construction press mean wall friends remained schools study institute oh chinese sometimes events possible ' +
  'australian type brown forward talk process food debut seat performance committee features character arts ' +
  'herself else lot strong russian range hours peter arm morning dr sold quickly directed guitar china list ' +
  'performed media uk players smile myself placed coach province towards wouldn leading whole boy official ' +
  'designed grand census europe attack japanese henry cross getting alone action lower network wide washington ' +
  'japan hospital believe changed sister hold gone sir hadn ship studies academy shot rights below base bad ' +
  'involved kept largest bank future especially beginning mark movement section female magazine plan professor ' +
  'lord longer sat walked hill actually civil energy model families size thus aircraft completed includes data ' +
  'captain fight vocals featured richard bridge fourth officer stone hear means medical groups management self ' +
  'lips competition entire lived technology leaving federal tournament bit passed hot independent awards ' +
  'kingdom mary spent fine doesn reported jack fall raised itself stay true studio sports replaced paris ' +
  'systems saint leader theatre whose market capital parents spanish canadian earth cut degree writing bay ' +
  'christian awarded natural higher bill coast provided previous senior ft valley organization stopped onto ' +
  'countries parts conference queen security interest saying allowed master earlier phone matter smith winning ' +
  'try happened moving campaign los breath nearly mid certain girls date italian african standing fell artist ' +
  'shows deal mine industry everyone republic provide collection library student primary owned older via heavy ' +
  'makes attention anyone africa stated length ended fingers command staff skin foreign opening governor okay ' +
  'medal kill sun cover job introduced chest hell feeling success meet reason standard meeting novel trade ' +
  'source buildings rose guy goal chapter native husband previously unit limited entered weeks producer ' +
  'operations mountain takes covered forced related roman complete successful key texas cold channel ' +
  'traditional films dance clear approximately nine van prince question active tracks ireland regional silver ' +
  'author personal sense operation economic holding twenty isbn additional speed hour edition regular historic ' +
  'places whom shook movie secretary prior report chicago read foundation view engine scored units ask airport ' +
  'property ready immediately lady month listed contract manager themselves lines navy writer meant runs ' +
  'practice championships singer glass commission required forest starting culture generally giving access ' +
  'attended test couple stand catholic martin caught executive eye thinking chair quite shoulder hope decision ' +
  'plays defeated municipality whether structure offered slowly pain ice direction paper mission mostly noted ' +
  'individual managed nature lives plant helped except studied computer figure relationship issue significant ' +
  'loss die smiled gun ago highest male bring goals mexico problem distance commercial completely location ' +
  'annual famous drive neck surface caused italy understand greek highway wrong hotel comes appearance joseph ' +
  'double issues musical companies castle income review assembly bass initially parliament artists experience ' +
  'particular walk foot engineering talking window dropped miss baby boys break stars edge remember policy ' +
  'carried train stadium bar sex angeles evidence becoming assistant soviet upper step wing youth financial ' +
  'reach actor numerous nodded arrived minute believed sorry complex beautiful victory associated temple chance ' +
  'perhaps metal bishop lee launched particularly tree le retired subject prize contains yeah theory empire ' +
  'suddenly waiting trust recording happy terms camp champion religious pass zealand names port ancient tom ' +
  'corner represented watch legal anti justice cause watched brothers material changes simply response louis ' +
  'fast answer historical stories straight create feature increased rate administration virginia el activities ' +
  'cultural overall winner programs basketball legs guard beyond cast doctor mm flight results remains cost ' +
  'effect winter larger islands problems chairman grew commander isn pay failed selected hurt fort box regiment ' +
  'majority journal edward plans shown pretty irish characters directly scene likely operated allow spring ' +
  'junior matches looks mike houses fellow beach marriage rules oil florida expected nearby congress sam peace ' +
  'recent iii wait subsequently cell variety serving agreed please poor joe pacific attempt wood democratic ' +
  'piece prime rural mile touch appears township soldiers pennsylvania closer fighting claimed score jones ' +
  'physical editor filled genus specific sitting super mom therefore supported status fear cases store meaning ' +
  'wales minor spain tower focus vice frank follow parish separate golden horse fifth remaining branch ' +
  'presented stared uses secret forms baseball exactly choice note discovered travel composed truth russia ball ' +
  'color kiss dad wind continue ring referred numbers digital greater metres slightly direct increase ' +
  'responsible crew rule trees troops broke goes individuals hundred weight creek sleep memory defense provides ' +
  'ordered code value jewish windows safe judge whatever corps realized growing pre cities alexander gaze lies ' +
  'spread scott letter showed situation mayor transport watching workers extended expression normal chart ' +
  'multiple border host daily mrs walls piano heat cannot earned products drama era authority seasons join ' +
  'grade sign difficult machine territory mainly stations squadron stepped iron serve appear sky speak broken ' +
  'charge knowledge kilometres removed ships article campus simple pushed britain leaves recently cd soft ' +
  'boston latter easy acquired poland quality officers presence planned nations mass broadcast jean share image ' +
  'influence wild offer emperor electric reading headed ability promoted yellow ministry throat smaller ' +
  'politician latin spoke cars williams males lack pop acting seeing consists estate pressure johnson newspaper ' +
  'jr chris olympics online conditions beat elements walking vote needs carolina text featuring global block ' +
  'shirt levels francisco purpose females et dutch duke ahead gas twice safety serious turning highly ' +
  'lieutenant firm maria amount mixed daniel proposed perfect agreement affairs seconds contemporary paid ' +
  'prison save kitchen label administrative intended constructed academic nice teacher races formerly ' +
  'corporation ben nation issued shut drums housing victoria seems opera graduated function von mentioned ' +
  'picked build recognized shortly protection picture notable exchange elections loved percent racing fish ' +
  'elizabeth garden volume hockey beside settled competed replied drew actress marine scotland steel glanced ' +
  'farm steve risk tonight positive magic singles effects gray screen dog residents bus sides none secondary ' +
  'literature polish destroyed flying founder households lay reserve usa gallery industrial younger approach ' +
  'appearances urban ones finish avenue powerful fully growth page honor jersey projects advanced revealed ' +
  'basic infantry pair equipment visit evening search grant effort solo treatment buried republican primarily ' +
  'bottom owner israel gives jim dream bob remain spot notes produce champions contact ed soul accepted ways ' +
  'del losing split price capacity basis trial questions guess officially memorial naval initial whispered ' +
  'median engineer sydney columbia strength tears senate card asian agent software draw warm supposed com pro ' +
  'transferred leaned candidate escape mountains asia potential activity entertainment seem traffic jackson ' +
  'murder slow product orchestra haven agency bbc taught website comedy unable storm planning albums rugby ' +
  'environment scientific grabbed protect boat typically damage principal divided dedicated mount ohio pick ' +
  'fought driver empty shoulders sort thank berlin prominent account freedom necessary efforts alex ' +
  'headquarters follows alongside des simon andrew suggested operating learning steps sweet technical begin ' +
  'easily teeth speaking settlement scale renamed ray max enemy semi joint compared scottish leadership ' +
  'analysis offers georgia pieces captured animal deputy guest organized tony combined method challenge huge ' +
  'wants battalion sons rise crime types facilities telling path platform sit tells assigned rich pull commonly ' +
  'alive letters concept conducted wearing happen bought becomes holy gets ocean defeat languages purchased ' +
  'coffee occurred titled declared applied sciences concert sounds jazz brain painting fleet tax nick michigan ' +
  'count animals leaders episodes content birth clubs palace critical refused fair leg laughed returning ' +
  'surrounding participated formation lifted pointed connected rome medicine laid taylor santa powers adam tall ' +
  'shared focused knowing yards entrance falls calling sources chosen beneath resources yard nominated silence ' +
  'zone defined gained thirty bodies moon adopted christmas widely register apart iran premier serves du ' +
  'unknown parties generation continues quick fields brigade quiet teaching clothes impact weapons partner flat ' +
  'theater supreme relations plants suffered wilson kids begins seats armed internet models worth laws ' +
  'communities classes background knows thanks quarter reaching humans carry killing format kong hong setting ' +
  'architecture disease railroad inc possibly wish arthur thoughts harry doors density crowd illinois stomach ' +
  'tone unique reports anyway liberal der vehicle thick dry'
).split(' ')

const rankOf = new Map<string, number>()
for (const [rank, word] of COMMON.entries()) {
  const stem = stemWord(word)
  if (!rankOf.has(stem)) rankOf.set(stem, rank + 1)
}

/** Between 0.1 (the commonest words) and 1 (a word outside the list): a prior for the inverse document frequency of a stem. */
export function rarity(stem: string): number {
  const rank = rankOf.get(stem)
  return rank === undefined ? 1 : Math.max(0.1, Math.log(rank) / Math.log(COMMON.length * 2))
}
